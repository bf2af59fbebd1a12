using System.Text.Json.Nodes;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>What nobody can see is nothing, wherever something is asked for.</summary>
public sealed class BlankContentSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public static TheoryData<string> Unseen =>
    [
        "\u200B", "\u200C\u200D", "\u00AD", "\uFEFF", "\u3164", "\uFFA0", "\u115F\u1160", "\u2800", "\uFE0F", "\uFE00 \u200B",
        "\U000E0041\U000E007F", "\U000E0100", "\u2060\u2063", "\u034F",
        "\u061C\u200E\u202E\u2069", "\u180B\u180E", "\u17B4\u17B5", "\0",
        "\u0001\u001B\u0085", " \u00A0\t\u3000\n\u2028", "\uFFF9\uFFFB", "\U0001D173", "\U0001D159",
    ];

    public static TheoryData<string> Seen =>
    [
        "👩‍👩‍👧", "❤️", "☺︎", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "1️⃣",
        "\u0301", "می‌خواهم", ".", "\u0600", "\u20E3", "\u3000x", "\u200Bok\u200B", "☐", "\u2801", "ㅤ안녕",
    ];

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Unseen))]
    public async Task A_message_of_it_is_none(string content)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello");

        (await visitor.PostAsync(content)).Error.Should().Be("empty_content");
        (await visitor.PostAsync(content, "c1")).Error.Should().Be("empty_content");
        (await mia.ReplyAsync(visitor.ChatId, content)).Error.Should().Be("empty_content");
        await using (var widget = await visitor.OpenAsync())
        await using (var commands = await mia.JoinAsync(visitor.ChatId))
        {
            foreach (var socket in (Conversation[])[widget, commands])
            {
                await socket.SayAsync(new { action = "send_message", content });
                await socket.SettleAsync();
                socket.Of("error").Should().BeEmpty("without a client_id it is ignored");
                await socket.SayAsync(new { action = "send_message", content, client_id = "c2" });
                var error = await socket.HearAsync("error");
                ((string?)error["code"], (string?)error["client_id"]).Should().Be(("empty_content", "c2"));
            }
        }

        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().ContainSingle();
    }

    [Theory]
    [MemberData(nameof(Unseen))]
    public async Task It_is_no_name_no_saved_reply_and_no_setting(string text)
    {
        var mia = await _server.AdminAsync(name: text);
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { name = "Ada", email = "ada@example.com" });
        await visitor.IdentifyAsync(new { name = text, email = text });
        await using (var widget = await visitor.OpenAsync())
        {
            await widget.SayAsync(new { action = "page", url = "https://shop.example/", title = text });
            await widget.SettleAsync();
        }

        (await _server.QueryAsync("select name || email || coalesce(page_title, '-') from users")).Should().Equal("Adaada@example.com-");
        (await _server.QueryAsync("select coalesce(name, '-') from admins")).Should().Equal("-");
        (await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = text })).Status.Should().Be(204);
        (await _server.QueryAsync("select coalesce(name, '-') from users")).Should().Equal("-");
        (await mia.PostAsync("/canned_replies", new { shortcut = "hi", content = text })).Error.Should().Be("empty_content");
        (await mia.PostAsync("/canned_replies", new { shortcut = text, content = "Hello" })).Error.Should().Be("bad_request");
        var changes = new JsonObject { ["AppName"] = text, ["Widget:Title"] = text, ["Widget:Away"] = text };
        (await mia.RequestAsync(HttpMethod.Patch, "/settings", changes)).Status.Should().Be(200);
        var settings = (await mia.GetAsync("/settings")).Json!;
        changes.Select(each => (string)settings[each.Key]!["value"]!).Should().Equal("LeanChat", "", "");
        (await mia.GetAsync("/chats?q=" + Uri.EscapeDataString(text))).Status.Should().Be(200);
    }

    [Theory]
    [MemberData(nameof(Seen))]
    public async Task What_can_be_seen_is_said(string content)
    {
        var visitor = await _server.VisitorAsync();

        var reply = await visitor.PostAsync(content);

        reply.Status.Should().Be(201, reply.Text);
        ((string)reply.Json!["content"]!).Should().Be(content);
        Blank.Trim(" " + content + " ").Should().Be(content.Trim());
    }
}
