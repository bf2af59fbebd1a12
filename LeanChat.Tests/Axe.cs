using Deque.AxeCore.Commons;
using LeanChat.Text;
using Microsoft.Playwright;

namespace LeanChat.Tests;

/// <summary>axe-core, which finds what keeps people out.</summary>
internal static class Axe
{
    private static readonly string Script = new BundledAxeScriptProvider().GetScript();

    /// <summary>Every violation of every rule on the page, one line each.</summary>
    public static async Task<string[]> ViolationsAsync(IPage page)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
            await page.EvaluateAsync(Script);
        return await page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document)).violations.flatMap(rule => rule.nodes.map(node =>
              `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`))
            """);
    }
}
