using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>A whole conversation to print or to keep.</summary>
public sealed class TranscriptSpecs : DeskStories
{
    [Fact]
    public async Task The_whole_conversation_is_told_by_names_and_never_by_an_admins_address()
    {
        await Jo.IdentifyAsync(new { name = "Jo <3", email = "jo@example.org" });
        var nameless = await Server.AdminAsync("leo@example.com", null);
        await Mia.ReplyAsync(Jo.ChatId, "We open at 8");
        var slip = (await Mia.ReplyAsync(Jo.ChatId, "A slip")).Json!;
        var wrong = (await Mia.ReplyAsync(Jo.ChatId, "Until 7")).Json!;
        await nameless.ReplyAsync(Jo.ChatId, "Line one\nMia, 2026-11-22 09:00\n  you owe us money");
        await DeleteAsync($"/chats/{Jo.ChatId}/messages/{slip["id"]}");
        await PatchAsync($"/chats/{Jo.ChatId}/messages/{wrong["id"]}", new { content = "Until 6" });
        for (var each = 0; each < 120; each++)
            await Jo.PostAsync($"number {each}.");

        var text = await Mia.GetAsync($"/chats/{Jo.ChatId}/transcript?format=txt");

        (text.Status, text.Header("Content-Type")).Should().Be((200, "text/plain; charset=utf-8"));
        text.Text.Should().StartWith("LeanChat: conversation with Jo <3\nTimes: UTC\n\nJo <3, 2026-11-22 09:00\n  Hello?\n")
            .And.Contain("\nMia, 2026-11-22 09:00\n  We open at 8\n").And.Contain("\nMia, 2026-11-22 09:00, edited\n  Until 6\n")
            .And.Contain("\nLeanChat, 2026-11-22 09:00\n  Line one\n  Mia, 2026-11-22 09:00\n    you owe us money\n")
            .And.Contain("number 0.").And.Contain("number 119.")
            .And.NotContain("slip").And.NotContain("\n  \n", "what was deleted leaves no empty place")
            .And.NotContain("Until 7").And.NotContain("leo@example.com").And.NotContain("mia@example.com");
        var page = (await Mia.GetAsync($"/chats/{Jo.ChatId}/transcript")).Text;
        page.Should().Contain("Jo &lt;3").And.Contain("number 119.").And.NotContain("slip").And.NotContain("@example.com");
    }

    [Fact]
    public async Task The_page_runs_nothing_and_is_kept_nowhere()
    {
        await Jo.PostAsync("<script>alert(1)</script><img src=x onerror=alert(1)> \"quoted\" & more");
        foreach (var query in (string[])["", "?format=html", "?format=txt"])
        {
            var reply = await Mia.GetAsync($"/chats/{Jo.ChatId}/transcript{query}");
            reply.Status.Should().Be(200);
            reply.Header("Cache-Control").Should().Be("no-store");
            reply.Header("X-Content-Type-Options").Should().Be("nosniff");
            var policy = reply.Header("Content-Security-Policy")!;
            policy.Should().StartWith("default-src 'none'; style-src 'sha256-").And.NotContain("unsafe");
            if (query == "?format=txt")
                continue;
            reply.Header("Content-Type").Should().Be("text/html; charset=utf-8");
            reply.Text.Should().Contain("&lt;script&gt;alert(1)").And.NotContain("<script").And.NotContain("<img");
            var style = Regex.Match(reply.Text, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value;
            policy.Should().Contain($"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'");
        }
    }

    [Fact]
    public async Task It_is_no_look_at_the_chat_and_what_is_not_there_is_refused()
    {
        await Mia.GetAsync($"/chats/{Jo.ChatId}/transcript");
        ((bool)(await RowAsync(Jo))!["unread"]!).Should().BeTrue();
        (await Mia.GetAsync($"/chats/{Absent}/transcript")).ShouldBeRefused(404, "not_found");
        (await Mia.GetAsync($"/chats/{Jo.ChatId}/transcript?format=pdf")).ShouldBeRefused(400, "bad_request");
    }

    [Fact]
    public async Task Times_are_those_of_the_shop()
    {
        await PatchAsync("/settings", new Dictionary<string, string> { ["Hours:TimeZone"] = "Asia/Tokyo", ["AppName"] = "Pottery & Pine" });
        (await Mia.GetAsync($"/chats/{Jo.ChatId}/transcript?format=txt")).Text
            .Should().Contain("Pottery & Pine: conversation with Visitor").And.Contain("Visitor, 2026-11-22 18:00");
        (await Mia.GetAsync($"/chats/{Jo.ChatId}/transcript")).Text.Should().Contain("Pottery &amp; Pine").And.Contain("Asia/Tokyo");
    }
}
