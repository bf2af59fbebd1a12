using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>The snippets of docs/hosts/ that make a signed identity, run as they stand there and believed by the real server.</summary>
public sealed class HostSpecs
{
    private const string Secret = "a secret of at least thirty-two bytes";

    [RuntimeFact("python3")]
    public Task Django() =>
        TryAsync("django.md", "python", "py", $"print(leanchat_token('7', 'ann@example.com', 'Ann Ö', '{Secret}'), end='')");

    [RuntimeFact("ruby")]
    public Task Rails() =>
        TryAsync("rails.md", "ruby", "rb", $"include LeanchatHelper\nprint leanchat_token('7', 'ann@example.com', 'Ann Ö', '{Secret}')");

    [RuntimeFact("php")]
    public Task Laravel() => TryAsync("laravel.md", "php", "php", $"echo LeanChat::token('7', 'ann@example.com', 'Ann Ö', '{Secret}');");

    [RuntimeFact("php")]
    public Task WordPress() => TryAsync("wordpress.md", "php", "php", $"echo leanchat_token('7', 'ann@example.com', 'Ann Ö', '{Secret}');");

    [RuntimeFact("node")]
    public Task Next() =>
        TryAsync("nextjs.md", "js", "mjs", $"process.stdout.write(leanchatToken('7', 'ann@example.com', 'Ann Ö', '{Secret}'));");

    private static async Task TryAsync(
        string page, string language, string extension, string call, [System.Runtime.CompilerServices.CallerMemberName] string story = "")
    {
        await using var server = await LeanChatServer.StartAsync("IdentitySecret=" + Secret);
        if (Running.Binary is null)
            server.Clock.SetUtcNow(DateTimeOffset.UtcNow);
        var snippet = Regex.Match(
            await File.ReadAllTextAsync(Path.Combine(Docs(), page)), $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        var file = Path.Combine(server.Directory, $"snippet.{extension}");
        await File.WriteAllTextAsync(file, $"{snippet}\n{call}\n");
        var runtime = RuntimeFactAttribute.Find(
            typeof(HostSpecs).GetMethod(story)!.GetCustomAttributes(false).OfType<RuntimeFactAttribute>().Single().Program)
            ?? throw new InvalidOperationException(story + " needs its language's runtime.");
        using var process = Process.Start(
            new ProcessStartInfo(runtime, [file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (token, complaint) = (await process.StandardOutput.ReadToEndAsync(), await process.StandardError.ReadToEndAsync());

        var ann = new Visitor(server);
        var reply = await ann.IdentifyAsync(new { token });

        reply.Status.Should().Be(200, "{0} says {1} {2}", page, token, complaint);
        ((bool)reply.Json!["user"]!["verified"]!).Should().BeTrue();
        ((string)reply.Json["user"]!["email"]!).Should().Be("ann@example.com");
        ((string)reply.Json["user"]!["name"]!).Should().Be("Ann Ö");
        (await server.QueryAsync("select subject from users")).Should().Equal("7");
    }

    private static string Docs([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(here))!, "docs", "hosts");
}

/// <summary>A story that needs a language's runtime; skipped by name where it is not at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RuntimeFactAttribute : FactAttribute
{
    public RuntimeFactAttribute(string program)
    {
        Program = program;
        if (Environment.GetEnvironmentVariable("CI") != "true" && Find(program) is null)
            Skip = $"{program} is not installed";
    }

    public string Program { get; }

    internal static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
