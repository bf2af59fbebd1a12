using System.Text.Json.Nodes;
using LeanChat.Chats;
using LeanChat.Storage;

namespace LeanChat.Tests;

/// <summary>What is said twice under one client_id is said once; what is said at once is numbered without gaps.</summary>
public sealed class ClientIdSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_same_client_id_again_is_answered_with_the_stored_message()
    {
        var visitor = await _server.VisitorAsync();
        var first = await visitor.PostAsync("Hello!", "c1");
        _server.Clock.Advance(TimeSpan.FromMinutes(1));

        var again = await visitor.PostAsync("Hello!", "c1");

        again.Status.Should().Be(200);
        again.Text.Should().Be(first.Text);
        (await visitor.MessagesAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task The_same_client_id_again_is_answered_on_whichever_socket()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await using var tab = await visitor.OpenAsync();
        await using var commands = await mia.JoinAsync(visitor.ChatId);
        await tab.SendAsync("Hello!", "c1");
        await commands.SendAsync("Hello yourself.", "c1");
        await visitor.PostAsync("By post", "c2");
        await mia.ReplyAsync(visitor.ChatId, "By post, too", "c2");
        await using var late = await visitor.OpenAsync();
        await using var colleague = await mia.JoinAsync(visitor.ChatId);

        foreach (var (socket, said) in ((Conversation, (string, string, long)[])[])[
            (tab, [("Hello!", "c1", 1), ("By post", "c2", 3)]), (late, [("Hello!", "c1", 1), ("By post", "c2", 3)]),
            (commands, [("Hello yourself.", "c1", 2), ("By post, too", "c2", 4)]),
            (colleague, [("Hello yourself.", "c1", 2), ("By post, too", "c2", 4)])])
            await AnsweredAsync(socket, said);

        (await visitor.PostAsync("Hello?", "c1")).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.PostAsync("Hello!", "c1")).Status.Should().Be(200);
        (await mia.ReplyAsync(visitor.ChatId, "Hello yourself.", "c1")).Status.Should().Be(200);
        (await visitor.MessagesAsync()).Should().HaveCount(4);

        static async Task AnsweredAsync(Conversation socket, (string Content, string ClientId, long Seq)[] said)
        {
            await socket.SettleAsync();
            foreach (var (content, clientId, seq) in said)
            {
                var heard = socket.Seqs.Count(each => each == seq);
                for (var again = 1; again <= 2; again++)
                {
                    await socket.SayAsync(new { action = "send_message", content, client_id = clientId });
                    await socket.SettleAsync();
                    socket.Seqs.Count(each => each == seq).Should().Be(heard + again, "each retry of {0} is answered once", content);
                }

                await socket.SayAsync(new { action = "send_message", content = content + "?", client_id = clientId });
                await socket.SettleAsync();
                ((string)socket.Of("error")[^1]["code"]!, (string)socket.Of("error")[^1]["client_id"]!)
                    .Should().Be(("client_id_conflict", clientId));
            }
        }
    }

    [Fact]
    public async Task The_same_client_id_with_other_content_is_a_conflict()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello!", "c1");

        (await visitor.PostAsync("Hello?", "c1")).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.PostAsync("Hello! ", "c1")).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.PostAsync("", "c1")).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.PostAsync(new string('x', 5001), "c1")).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.PostAsync("", "c2")).ShouldBeRefused(422, "empty_content");

        (await visitor.MessagesAsync()).Select(message => (string)message!["content"]!).Should().Equal("Hello!");
    }

    [Fact]
    public async Task Without_a_client_id_everything_is_said_anew()
    {
        var visitor = await _server.VisitorAsync();

        await visitor.PostAsync("Hello!");
        var second = await visitor.PostAsync("Hello!");

        second.Status.Should().Be(201);
        ((long)second.Json!["seq"]!).Should().Be(2);
        second.Json["client_id"].Should().BeNull();
        Keys(second.Json).Should().Contain("client_id");
    }

    [Fact]
    public async Task A_client_id_is_the_senders_own()
    {
        var mia = await _server.AdminAsync();
        var ben = await _server.AdminAsync("ben@example.com", "Ben");
        var (visitor, other) = (await _server.VisitorAsync(), await _server.VisitorAsync());

        (await visitor.PostAsync("One", "c1")).Status.Should().Be(201);
        (await other.PostAsync("Two", "c1")).Status.Should().Be(201);
        (await mia.ReplyAsync(visitor.ChatId, "Three", "c1")).Status.Should().Be(201);
        (await ben.ReplyAsync(visitor.ChatId, "Four", "c1")).Status.Should().Be(201);
        (await mia.ReplyAsync(visitor.ChatId, "Three", "c1")).Status.Should().Be(200);
        (await ben.ReplyAsync(visitor.ChatId, "Three", "c1")).ShouldBeRefused(409, "client_id_conflict");

        (await visitor.MessagesAsync()).Select(message => (string)message!["content"]!).Should().Equal("One", "Three", "Four");
    }

    [Fact]
    public async Task What_is_said_too_late_never_lands_in_the_chat_that_has_its_place_now()
    {
        var mia = await _server.AdminAsync();
        var (gone, database, commands) = (await _server.VisitorAsync(), _server.Get<Database>(), _server.Get<ChatCommands>());
        var known = database.Read(connection => ChatStore.FindOfUser(connection, gone.UserId))!;
        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + gone.UserId)).Status.Should().Be(204);
        var next = await _server.VisitorAsync();
        database.Read(connection => ChatStore.FindOfUser(connection, next.UserId))!.Row
            .Should().Be(known.Row, "the newest row's number is given again");

        var done = new TaskCompletionSource<bool>();
        commands.Post(
            Sender.User(gone.UserId), known, new Draft("Too late", "c1"), (outcome, _) => done.SetResult(outcome.Is(out var _, out var _)));

        (await done.Task).Should().BeFalse();
        (await next.MessagesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Twenty_copies_at_once_are_one_message()
    {
        var visitor = await _server.VisitorAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => visitor.PostAsync("Hello!", "c1")));

        replies.Select(reply => reply.Status).Order().Should().Equal(Enumerable.Repeat(200, 19).Append(201));
        replies.Select(reply => reply.Text).Distinct().Should().HaveCount(1);
        (await visitor.MessagesAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task Many_at_once_are_numbered_without_gaps()
    {
        var visitor = await _server.VisitorAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(number =>
            number % 4 == 3 ? visitor.PostAsync(" ", $"c{number}") : visitor.PostAsync($"Message {number}", $"c{number}")));

        replies.Where(reply => reply.Status == 201).Select(reply => (long)reply.Json!["seq"]!).Order()
            .Should().Equal(Enumerable.Range(1, 30).Select(seq => (long)seq));
        var stored = await visitor.MessagesAsync();
        stored.Select(message => (long)message!["seq"]!).Should().Equal(Enumerable.Range(1, 30).Select(seq => (long)seq));
        stored.Select(message => (string)message!["created_at"]!)
            .Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ~ !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|} ")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public async Task A_client_id_is_printable_ASCII(string clientId)
    {
        var visitor = await _server.VisitorAsync();

        var reply = await visitor.PostAsync("Hello!", clientId);

        reply.Status.Should().Be(201);
        ((string)reply.Json!["client_id"]!).Should().Be(clientId);
        (await visitor.PostAsync("Hello!", clientId)).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"01234567890123456789012345678901234567890123456789012345678901234\"")]
    [InlineData("\"é\"")]
    [InlineData("\"a\\nb\"")]
    [InlineData("\"a\\u0000\"")]
    [InlineData("\"\\u007f\"")]
    [InlineData("\"😀\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("7")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[\"a\"]")]
    public async Task Anything_else_is_no_client_id(string json)
    {
        var visitor = await _server.VisitorAsync();

        (await visitor.PostBodyAsync($$"""{"content":"Hello!","client_id":{{json}}}""")).ShouldBeRefused(400, "bad_request");

        (await visitor.MessagesAsync()).Should().BeEmpty();
    }

    private static IEnumerable<string> Keys(JsonNode json) => json.AsObject().Select(each => each.Key);
}
