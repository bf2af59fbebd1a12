using System.Globalization;
using System.Text.RegularExpressions;
using LeanChat.Chats;

namespace LeanChat.Tests;

/// <summary>What a watcher is told: Prometheus' text, true numbers, nobody's words.</summary>
public sealed partial class MetricsSpecs
{
    [Fact]
    public async Task Every_line_is_what_Prometheus_reads()
    {
        await using var server = await LeanChatServer.StartAsync("Backup:Every=1.00:00:00");
        var told = (await server.AskAsync(HttpMethod.Get, "/metrics")).Text;

        told.Should().EndWith("\n").And.NotContain("\r");
        var (described, seen) = ("", new HashSet<string>());
        foreach (var line in told.TrimEnd('\n').Split('\n'))
        {
            if (Describing().Match(line) is { Success: true } about)
            {
                if (about.Groups[1].Value == "HELP")
                    seen.Add(described = about.Groups[2].Value).Should().BeTrue("{0} is told once", described);
                else
                    about.Groups[2].Value.Should().Be(described);
                continue;
            }

            var sample = Sample().Match(line);
            sample.Success.Should().BeTrue(line);
            Regex.Replace(sample.Groups[1].Value, "_(bucket|sum|count)$", "").Should().Be(described);
            double.Parse(sample.Groups[2].Value, CultureInfo.InvariantCulture).Should().BeGreaterOrEqualTo(0, line);
        }

        seen.Should().Contain([
            "leanchat_sockets", "leanchat_messages_total", "leanchat_commit_seconds", "leanchat_commit_writes",
            "leanchat_mailbox_overflows_total", "leanchat_letters",
            "leanchat_backup_newest_timestamp_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total",
            "process_start_time_seconds", "process_open_fds", "leanchat_info"]);
    }

    [Fact]
    public async Task What_happens_is_counted()
    {
        await using var server = await LeanChatServer.StartAsync(
            "Limits:MailboxBytes=3000", "Mail:From=help@shop.example", "Mail:Smtp:Host=127.0.0.1");
        var mia = await server.AdminAsync();
        var visitor = await server.VisitorAsync();
        await visitor.IdentifyAsync(new { email = "jo@example.org" });
        var before = await ReadAsync(server);

        await using (var slow = await visitor.OpenAsync())
        {
            (await ReadAsync(server))["leanchat_sockets"].Should().Be(1);
            await mia.ReplyAsync(visitor.ChatId, new string('x', 4000));
            (await slow.ClosedAsync()).Should().Be(4410);
        }

        await visitor.UploadedAsync("Hello"u8.ToArray(), "list.txt");
        var after = await ReadAsync(server);
        after["leanchat_messages_total"].Should().Be(before["leanchat_messages_total"] + 1);
        (before["leanchat_attachment_bytes"], after["leanchat_attachment_bytes"]).Should().Be((0, 5));
        after["leanchat_letters{state=\"waiting\"}"].Should().Be(1);
        after["leanchat_commit_seconds_count"]
            .Should().Be(after["leanchat_commits_total"]).And.BeGreaterThan(before["leanchat_commits_total"]);
        after["leanchat_commit_writes_sum"].Should().Be(after["leanchat_writes_total"]);
        after["leanchat_commit_seconds_sum"].Should().BeGreaterThan(before["leanchat_commit_seconds_sum"]);
        var steps = after.Where(each => each.Key.StartsWith("leanchat_commit_writes_bucket", StringComparison.Ordinal))
            .Select(each => each.Value).ToList();
        steps.Should().BeInAscendingOrder().And.HaveCount(11);
        steps[^1].Should().Be(after["leanchat_commit_writes_count"]);
        after["process_resident_memory_bytes"].Should().BeGreaterThan(10_000_000);

        // The socket is counted as gone when its last loop has ended: soon, but not at once.
        await Eventually.IsTrueAsync(async () =>
            (after = await ReadAsync(server)).GetValueOrDefault("leanchat_sockets_closed_total{code=\"4410\"}") == 1);
        after["leanchat_mailbox_overflows_total"].Should().Be(1);
        after["leanchat_sockets"].Should().Be(0);
    }

    [Fact]
    public async Task They_are_nobodys_business_but_the_operators()
    {
        await using var server = await LeanChatServer.StartAsync("MetricsFor=203.0.113.0/24");
        var visitor = await server.VisitorAsync();
        await visitor.IdentifyAsync(new { email = "jo@example.org", name = "Jo Secret" });
        await visitor.PostAsync("my words");

        (await server.AskAsync(HttpMethod.Get, "/metrics", null, ("X-Forwarded-For", "198.51.100.7"))).Status.Should().Be(404);
        var told = await server.AskAsync(HttpMethod.Get, "/metrics", null, ("X-Forwarded-For", "203.0.113.9"));
        told.Status.Should().Be(200);
        told.Text.Should().NotContainAny("jo@example.org", "Secret", "my words", visitor.UserId, visitor.ChatId);
    }

    [Fact]
    public async Task The_log_is_one_JSON_object_per_line_if_asked_and_names_nobody()
    {
        var data = Directory.CreateTempSubdirectory("leanchat-").FullName;
        await using (var server = await Running.StartAsync(
            "--data", data, "--urls", "http://127.0.0.1:0", "--LeanChat:Log:Format=json", "--LeanChat:Backup:Every=01:00:00"))
        {
            using var client = server.Client();
            using var identify = new HttpRequestMessage(HttpMethod.Post, "/support_chat/identify")
            {
                Content = Wire.Body(new { email = "jo@example.org", name = "Jo Secret" }),
            };
            (await client.SendAsync(identify)).Dispose();
            await Eventually.IsTrueAsync(() => server.Said.Contains("A backup was made", StringComparison.Ordinal));
            (await server.StopAsync()).Should().Be(0);

            var lines = server.Said.Split('\n').Where(line => line.StartsWith('{')).ToList();
            lines.Should().HaveCountGreaterThan(1);
            foreach (var line in lines)
                System.Text.Json.Nodes.JsonNode.Parse(line)!["Level"].Should().NotBeNull();
            server.Said.Should().NotContainAny("jo@example.org", "Secret", "127.0.0.1 ");
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task The_panels_for_Grafana_ask_for_what_there_is()
    {
        await using var server = await LeanChatServer.StartAsync("Backup:Every=1.00:00:00");
        var told = (await server.AskAsync(HttpMethod.Get, "/metrics")).Text;
        var panels = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(Example("grafana.json")))!["panels"]!.AsArray();

        panels.Should().HaveCountGreaterThan(8);
        foreach (var expression in panels.SelectMany(panel => panel!["targets"]!.AsArray()).Select(target => (string)target!["expr"]!))
        {
            var names = Named().Matches(expression).Select(match => match.Value).ToList();
            names.Should().NotBeEmpty(expression);
            foreach (var name in names)
                told.Should().Contain("# TYPE " + Regex.Replace(name, "_(bucket|sum|count)$", "") + " ", expression);
        }
    }

    private static string Example(string name, [System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "deploy", name);

    private static async Task<Dictionary<string, double>> ReadAsync(LeanChatServer server)
    {
        var reply = await server.AskAsync(HttpMethod.Get, "/metrics");
        reply.Status.Should().Be(200);
        return reply.Text.Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"\b(leanchat|process|dotnet)_[a-z_]+")]
    private static partial Regex Named();

    [GeneratedRegex(@"^# (HELP|TYPE) ([a-z_]+) (?:.+)$")]
    private static partial Regex Describing();

    [GeneratedRegex("""^([a-z_]+)(?:\{[a-z]+="[^"\\]*"\})? (\d+(?:\.\d+)?(?:E[+-]\d+)?)$""")]
    private static partial Regex Sample();
}
