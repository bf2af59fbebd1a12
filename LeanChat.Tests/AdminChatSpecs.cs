using LeanChat.Chats;
using LeanChat.People;

namespace LeanChat.Tests;

/// <summary>What an admin does in a chat and for the person in it.</summary>
public sealed class AdminChatSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Opening_a_chat_marks_it_viewed_and_its_messages_read()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        for (var each = 1; each <= 60; each++)
            await visitor.PostAsync($"message {each}");

        var chat = await mia.OpenChatAsync(visitor.ChatId);

        ((bool)chat["more"]!).Should().BeTrue();
        chat["messages"]!.AsArray().Select(message => (long)message!["seq"]!)
            .Should().Equal(Enumerable.Range(11, 50).Select(seq => (long)seq));
        var row = (await mia.ListAsync())[0]!;
        ((bool)row["unread"]!, (long)row["unread_count"]!).Should().Be((false, 0));
        (await visitor.GetAsync("/messages?after=0&limit=200")).Json!.AsArray()
            .Should().OnlyContain(message => message!["read_at"] != null);
        var older = (await mia.GetAsync($"/chats/{visitor.ChatId}?before=11")).Json!;
        older["messages"]!.AsArray().Select(message => (long)message!["seq"]!)
            .Should().Equal(Enumerable.Range(1, 10).Select(seq => (long)seq));
        ((bool)older["more"]!).Should().BeFalse();

        await visitor.PostAsync("One more");
        row = (await mia.ListAsync())[0]!;
        ((bool)row["unread"]!, (long)row["unread_count"]!)
            .Should().Be((true, 1), "said after it was viewed, within the same millisecond or not");
    }

    [Fact]
    public async Task An_answer_sent_twice_under_one_client_id_is_there_once()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();

        var first = await mia.ReplyAsync(visitor.ChatId, "Hi!", "a1");
        var again = await mia.ReplyAsync(visitor.ChatId, "Hi!", "a1");
        var other = await mia.ReplyAsync(visitor.ChatId, "Ho!", "a1");

        (first.Status, again.Status, other.Status).Should().Be((201, 200, 409));
        again.Text.Should().Be(first.Text);
        other.Error.Should().Be("client_id_conflict");
        (await mia.ReplyAsync(visitor.ChatId, "  ")).Error.Should().Be("empty_content");
        (await mia.ReplyAsync(visitor.ChatId, new string('x', 5001))).Error.Should().Be("content_too_long");
        (await mia.ReplyAsync(visitor.ChatId, "x", "")).Error.Should().Be("bad_request");
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().ContainSingle();
        ((string)first.Json!["sender_name"]!).Should().Be("Mia");
    }

    [Fact]
    public async Task Archiving_twice_is_archiving_once()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Bye");
        await using var board = await mia.WatchAsync();
        foreach (var (verb, archived) in ((string, bool)[])[("archive", true), ("unarchive", false)])
        {
            var once = await mia.PostAsync($"/chats/{visitor.ChatId}/{verb}");
            var twice = await mia.PostAsync($"/chats/{visitor.ChatId}/{verb}");
            (once.Status, twice.Status).Should().Be((200, 200));
            ((bool)once.Json!["archived"]!).Should().Be(archived);
            twice.Text.Should().Be(once.Text);
        }
    }

    [Fact]
    public async Task A_person_can_be_given_a_name()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello");
        await using var board = await mia.WatchAsync();

        (await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = "  Ada  " })).Status.Should().Be(204);

        ((string)(await board.HearAsync("chat_updated"))["chat"]!["user_name"]!).Should().Be("Ada");
        ((string)(await mia.OpenChatAsync(visitor.ChatId))["user_name"]!).Should().Be("Ada");
        ((string)(await visitor.ChatAsync())["user"]!["name"]!).Should().Be("Ada");
        (await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = (string?)null })).Status.Should().Be(204);
        (await mia.OpenChatAsync(visitor.ChatId))["user_name"].Should().BeNull();
    }

    [Fact]
    public async Task Who_is_blocked_is_shown_out_and_can_say_nothing_until_unblocked()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Spam");
        await using var widget = await visitor.OpenAsync();
        await using var page = await visitor.OpenOwnPageAsync();
        await using var others = await (await _server.VisitorAsync()).OpenAsync();

        (await mia.PostAsync($"/users/{visitor.UserId}/block")).Status.Should().Be(204);
        (await mia.PostAsync($"/users/{visitor.UserId}/block")).Status.Should().Be(204, "twice is once");

        (await widget.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4403);
        (await page.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4403);
        await others.SettleAsync();
        var refused = await visitor.PostAsync("More spam");
        (refused.Status, refused.Error).Should().Be((403, "forbidden"));
        (await _server.KnockAsync("/ws/chat", ("Origin", _server.Origin), ("Cookie", visitor.Cookie))).Status.Should().Be(403);
        await using var again = await visitor.ConnectAsync();
        await again.SayAsync(new { action = "auth", token = visitor.Token });
        (await again.ClosedAsync()).Should().Be(4403);
        ((long)(await mia.ListAsync())[0]!["message_count"]!).Should().Be(1);

        (await mia.PostAsync($"/users/{visitor.UserId}/unblock")).Status.Should().Be(204);
        (await mia.PostAsync($"/users/{visitor.UserId}/unblock")).Status.Should().Be(204);
        await using var back = await visitor.OpenAsync();
        await back.SendAsync("Sorry", "c1");
    }

    [Fact]
    public async Task Everything_known_about_a_person_can_be_handed_out()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { email = "ada@example.com", name = "Ada" });
        await using (var widget = await visitor.OpenAsync())
        {
            await widget.SayAsync(new
            {
                action = "page",
                url = "https://shop.example/blue",
                title = "Blue",
                locale = "de-AT",
                time_zone = "Europe/Vienna",
                referrer = "https://search.example/",
            });
            await widget.SettleAsync();
        }

        await Task.WhenAll(
            Enumerable.Range(1, 300).Select(each => _server.Get<ChatCommands>().PostAsUserAsync(visitor.UserId, $"message {each}", null)));
        await mia.ReplyAsync(visitor.ChatId, "Hi!");

        var reply = await mia.GetAsync($"/users/{visitor.UserId}/export");

        reply.Status.Should().Be(200);
        reply.Json!["messages"]!.AsArray().Should().HaveCount(301);
        foreach (var known in (string[])[
            visitor.UserId, visitor.ChatId, "ada@example.com", "Ada", "https://shop.example/blue", "de-AT", "Europe/Vienna",
            "https://search.example/", "message 1", "Hi!"])
            reply.Text.Should().Contain(known);
        reply.Text.Should().NotContain(visitor.Token).And.NotContain(Sessions.Hash(visitor.Token));
        reply.Header("Cache-Control").Should().Be("no-store");
    }

    [Fact]
    public async Task A_person_who_is_erased_is_gone_everywhere()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Forget me");
        await using var widget = await visitor.OpenAsync();
        await using var board = await mia.WatchAsync();
        await using var commands = await mia.JoinAsync(visitor.ChatId);

        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId)).Status.Should().Be(204);

        (await widget.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4401);
        ((string)(await board.HearAsync("chat_deleted"))["chat_id"]!).Should().Be(visitor.ChatId);
        (await mia.ListAsync()).Should().BeEmpty();
        (await mia.GetAsync("/chats/" + visitor.ChatId)).Status.Should().Be(404);
        (await mia.GetAsync($"/users/{visitor.UserId}/export")).Status.Should().Be(404);
        (await mia.ReplyAsync(visitor.ChatId, "Hi")).Status.Should().Be(404);
        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId)).Status.Should().Be(404);
        (await visitor.GetAsync("")).Status.Should().Be(401);
        (await visitor.PostAsync("Still here?")).Status.Should().Be(401);
        await commands.SayAsync(new { action = "send_message", content = "Hi", client_id = "a1" });
        ((string)(await commands.HearAsync("error"))["code"]!).Should().Be("not_found");
    }

    [Fact]
    public async Task Saved_replies_are_made_changed_and_removed()
    {
        var mia = await _server.AdminAsync();
        var made = await mia.PostAsync("/canned_replies", new { shortcut = "hours", content = "We are open from 9 to 5." });
        made.Status.Should().Be(201);
        var id = (string)made.Json!["id"]!;
        await mia.PostAsync("/canned_replies", new { shortcut = "bye", content = "Bye!" });

        var taken = await mia.PostAsync("/canned_replies", new { shortcut = "hours", content = "Again" });
        (taken.Status, taken.Error).Should().Be((409, "conflict"));
        (await mia.RequestAsync(HttpMethod.Put, "/canned_replies/" + id, new { shortcut = "bye", content = "x" })).Status.Should().Be(409);
        (await mia.RequestAsync(
            HttpMethod.Put,
            "/canned_replies/" + id,
            new { shortcut = "hours", content = "We are open from 10 to 5." })).Status.Should().Be(200);
        (await mia.PostAsync("/canned_replies", new { shortcut = "", content = "x" })).Status.Should().Be(400);
        (await mia.PostAsync("/canned_replies", new { shortcut = "two words", content = "x" })).Status.Should().Be(400);
        (await mia.PostAsync("/canned_replies", new { shortcut = "empty", content = " " })).Error.Should().Be("empty_content");

        (await mia.GetAsync("/canned_replies")).Json!.AsArray().Select(each => $"{each!["shortcut"]}: {each["content"]}")
            .Should().BeEquivalentTo("hours: We are open from 10 to 5.", "bye: Bye!");
        (await mia.RequestAsync(HttpMethod.Delete, "/canned_replies/" + id)).Status.Should().Be(204);
        (await mia.RequestAsync(HttpMethod.Delete, "/canned_replies/" + id)).Status.Should().Be(404);
        (await mia.GetAsync("/canned_replies")).Json!.AsArray().Should().ContainSingle();
    }
}
