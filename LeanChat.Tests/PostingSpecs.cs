using System.Text.Json.Nodes;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>What is answered to a message, and what is no message at all.</summary>
public sealed class PostingSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_is_said_is_answered_with_the_whole_message()
    {
        var visitor = await _server.VisitorAsync();

        var reply = await visitor.PostAsync("Hello!", "c1");

        reply.Status.Should().Be(201);
        reply.Header("Cache-Control").Should().Be("no-store");
        Keys(reply.Json!)
            .Should().BeEquivalentTo("id", "seq", "client_id", "content", "sender_type", "sender_name", "read_at", "created_at",
                "attachments", "via", "edited_at", "deleted_at");
        Guid.TryParse((string)reply.Json!["id"]!, out _).Should().BeTrue();
        ((long)reply.Json["seq"]!).Should().Be(1);
        ((string)reply.Json["client_id"]!).Should().Be("c1");
        ((string)reply.Json["content"]!).Should().Be("Hello!");
        ((string)reply.Json["sender_type"]!).Should().Be("user");
        reply.Json["sender_name"].Should().BeNull();
        reply.Json["read_at"].Should().BeNull();
        ((string)reply.Json["created_at"]!).Should().Be(UtcText.Of(_server.Clock.GetUtcNow()));
    }

    [Theory]
    [InlineData("/support_chat")]
    [InlineData("/api/support_chat")]
    [InlineData("/api/support-chat")]
    public async Task Each_prefix_takes_a_message(string prefix)
    {
        var visitor = await new Visitor(_server, prefix).ArriveAsync();

        (await visitor.PostAsync("Hello!")).Status.Should().Be(201);

        (await visitor.MessagesAsync()).Should().HaveCount(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_has_at_most_65536_bytes(bool chunked)
    {
        var visitor = await _server.VisitorAsync();
        var small = """{"content":"Hello!"}""";

        var fits = await visitor.PostBodyAsync(small.PadRight(65_536), chunked);
        fits.Status.Should().Be(201, fits.Text);
        (await visitor.PostBodyAsync(small.PadRight(65_537), chunked)).ShouldBeRefused(413, "too_large");
        (await visitor.PostBodyAsync(small.PadRight(3_000_000), chunked)).ShouldBeRefused(413, "too_large");

        (await visitor.MessagesAsync()).Should().HaveCount(1);
    }

    [Theory]
    [InlineData("""{"content":"a","content":"b"}""")]
    [InlineData("""{"content":"a","content":"a"}""")]
    [InlineData("""{"content":"a","cont\u0065nt":"b"}""")]
    [InlineData("""{"content":"a","client_id":"c","client_id":"d"}""")]
    [InlineData("""{"content":"a","else":1,"else":2}""")]
    [InlineData("""{"content":"a","else":{"x":1,"x":2}}""")]
    public async Task No_key_may_stand_twice(string body)
    {
        var visitor = await _server.VisitorAsync();

        (await visitor.PostBodyAsync(body)).ShouldBeRefused(400, "bad_request");

        (await visitor.MessagesAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("Hello!")]
    [InlineData("content=Hello")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("\"Hello!\"")]
    [InlineData("[]")]
    [InlineData("""[{"content":"a"}]""")]
    [InlineData("{")]
    [InlineData("""{"content":"a" """)]
    [InlineData("""{"content":"a"}{"content":"b"}""")]
    [InlineData("""{"content":"a"} b""")]
    [InlineData("""{"content":"a",}""")]
    [InlineData("""{'content':'a'}""")]
    [InlineData("""{content:"a"}""")]
    [InlineData("""{"content":"a"/**/}""")]
    [InlineData("{\"content\":\"a\nb\"}")]
    [InlineData("""{"content":"\x41"}""")]
    [InlineData("""{"content":1}""")]
    [InlineData("""{"content":true}""")]
    [InlineData("""{"content":["a"]}""")]
    [InlineData("""{"content":{"a":"b"}}""")]
    [InlineData("""{"content":"a","else":NaN}""")]
    public async Task What_is_no_JSON_object_of_the_right_shape_is_refused(string body)
    {
        var visitor = await _server.VisitorAsync();

        (await visitor.PostBodyAsync(body)).ShouldBeRefused(400, "bad_request");

        (await visitor.MessagesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_body_nested_a_thousand_deep_is_refused()
    {
        var visitor = await _server.VisitorAsync();

        (await visitor.PostBodyAsync($$"""{"content":"a","else":{{new string('[', 1000)}}{{new string(']', 1000)}}}"""))
            .ShouldBeRefused(400, "bad_request");
    }

    [Fact]
    public async Task Fields_that_nobody_knows_are_passed_over()
    {
        var visitor = await _server.VisitorAsync();

        var reply = await visitor.PostBodyAsync(
            """{"content":"Hello!","seq":99,"sender_type":"admin","id":"1","mood":{"x":[1,null]}}""");

        ((string)reply.Json!["sender_type"]!).Should().Be("user");
    }

    [Fact]
    public async Task A_user_message_brings_an_archived_chat_back()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Thanks, bye.");
        await mia.PostAsync($"/chats/{visitor.ChatId}/archive");
        (await mia.ListAsync()).Should().BeEmpty();

        await mia.ReplyAsync(visitor.ChatId, "You are welcome.");
        (await mia.ListAsync("?archived=true")).Should().HaveCount(1, "an admin's message leaves it where it is");
        await visitor.PostAsync("One more thing …");

        var row = (await mia.ListAsync()).Single()!;
        ((bool)row["archived"]!).Should().BeFalse();
        ((string)row["last_message_preview"]!).Should().Be("One more thing …");
        (await mia.ListAsync("?archived=true")).Should().BeEmpty();
    }

    [Fact]
    public async Task What_was_refused_brings_no_chat_back()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Thanks, bye.", "c1");
        await mia.PostAsync($"/chats/{visitor.ChatId}/archive");

        await visitor.PostAsync(" ");
        await visitor.PostAsync("Other", "c1");

        (await mia.ListAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Nobody_speaks_without_a_session()
    {
        var nobody = new Visitor(_server);
        var stranger = new Visitor(_server) { Token = new string('x', 43) };

        (await nobody.PostAsync("Hello!")).ShouldBeRefused(401, "unauthorized");
        (await stranger.PostAsync("Hello!")).ShouldBeRefused(401, "unauthorized");

        (await _server.QueryAsync("select count(*) from users")).Should().Equal("0");
    }

    private static IEnumerable<string> Keys(JsonNode json) => json.AsObject().Select(each => each.Key);
}
