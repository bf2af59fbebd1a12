using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Everything that was said, line by line, for whoever wants to leave or to count.</summary>
public sealed class ExportSpecs
{
    [Fact]
    public async Task An_export_has_everything_that_was_said_and_no_secret()
    {
        await using var server = await LeanChatServer.StartAsync(
            "Limits:MessagesPerMinute=0", "Mail:From=help@shop.example", "Mail:Smtp:Host=127.0.0.1");
        var mia = await server.AdminAsync();
        await mia.PostAsync("/canned_replies", new { shortcut = "hi", content = "Hello there" });
        var (jo, quiet) = (await server.VisitorAsync(), await server.VisitorAsync());
        await jo.IdentifyAsync(new { email = "jo@example.org", name = "Jö" });
        for (var each = 1; each <= 10; each++)
            (await jo.PostAsync($"Zeile {each}\n“{each}”")).Status.Should().Be(201);
        foreach (var some in Enumerable.Range(11, 1040).Chunk(80))
            (await Task.WhenAll(some.Select(each => jo.PostAsync($"Zeile {each}")))).Should().OnlyContain(reply => reply.Status == 201);
        await mia.ReplyAsync(jo.ChatId, "I see.");

        var all = await Running.RunAsync(["export", "--data", server.Directory]);

        all.Code.Should().Be(0, all.Error);
        all.Error.Trim().Should().EndWith("2 people, 1051 messages");
        var lines = Lines(all.Out);
        string[] Of(string type) => [.. lines.Where(line => (string?)line["type"] == type).Select(line => line.ToJsonString())];
        Of("user").Should().HaveCount(2);
        Of("chat").Should().HaveCount(2);
        Of("letter").Should().NotBeEmpty();
        Of("canned_reply").Should().ContainSingle().Which.Should().Contain("Hello there");
        Of("admin").Should().ContainSingle().Which.Should().Contain("mia@example.com");
        var messages = lines.Where(line => (string?)line["type"] == "message").ToList();
        messages.Select(message => (long)message["seq"]!).Should().Equal(Enumerable.Range(1, 1051).Select(seq => (long)seq));
        ((string)messages[6]["content"]!).Should().Be("Zeile 7\n“7”");
        ((string)messages[^1]["sender_name"]!).Should().Be("Mia");
        var secrets = (await server.QueryAsync(
            """
            select token_hash from sessions
            union all select password_hash from admins
            union all select value from settings where key like 'Secret:%'
            union all select key_hash from chat_keys
            """)).Append(jo.Token).ToList();
        secrets.Should().HaveCountGreaterThan(3);
        foreach (var secret in secrets)
            all.Out.Should().NotContain(secret);

        var one = await Running.RunAsync(["export", "--user", quiet.UserId, "--data", server.Directory]);
        Lines(one.Out).Select(line => (string?)line["type"]).Should().Equal("user", "chat");
        one.Out.Should().Contain(quiet.UserId).And.NotContain(jo.UserId);
        var nobody = await Running.RunAsync(["export", "--user", "nobody", "--data", server.Directory]);
        (nobody.Code, nobody.Out).Should().Be((1, ""));
        Line(nobody.Error).Should().Contain("nobody");
    }

    private static List<JsonNode> Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private static string Line(string error) => error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle().Which;
}
