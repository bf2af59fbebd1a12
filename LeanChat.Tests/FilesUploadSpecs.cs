using System.Text.Json.Nodes;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>Sending files: what is taken, and how a message takes it.</summary>
public sealed class FilesUploadSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("/support_chat", false)]
    [InlineData("/api/support_chat", true)]
    [InlineData("/api/support-chat", false)]
    public async Task A_file_is_uploaded_under_each_prefix_with_or_without_its_length(string prefix, bool chunked)
    {
        var visitor = await new Visitor(_server, prefix).ArriveAsync();

        var reply = await visitor.UploadAsync(FileSamples.Png(640, 480), "photo.png", chunked);

        reply.Status.Should().Be(201, reply.Text);
        reply.Json!.AsObject().Select(each => each.Key)
            .Should().BeEquivalentTo("id", "name", "type", "size", "width", "height", "url");
        ((string)reply.Json["name"]!).Should().Be("photo.png");
        ((string)reply.Json["type"]!).Should().Be("image/png");
        ((long)reply.Json["size"]!).Should().Be(FileSamples.Png(640, 480).Length);
        ((int)reply.Json["width"]!).Should().Be(640);
        ((int)reply.Json["height"]!).Should().Be(480);
        ((string)reply.Json["url"]!).Should().StartWith($"/files/{(string)reply.Json["id"]!}/photo.png?");
        (await _server.FetchAsync((string)reply.Json["url"]!)).Bytes.Should().Equal(FileSamples.Png(640, 480));
    }

    [Fact]
    public async Task A_message_takes_files_and_everybody_hears_of_them()
    {
        var (visitor, mia) = (await _server.VisitorAsync(), await _server.AdminAsync());
        await visitor.PostAsync("Hello!");
        await using var widget = await visitor.OpenAsync();
        await using var desk = await mia.WatchAsync();
        var ids = new[] { await visitor.UploadedAsync(FileSamples.Png(), "b.png"), await visitor.UploadedAsync(FileSamples.Pdf, "a.pdf") };

        var sent = await visitor.SendFilesAsync("See these", "c1", ids);

        sent.Status.Should().Be(201, sent.Text);
        Ids(sent.Json!).Should().Equal(ids);
        Ids((await widget.HearAsync("new_message"))["message"]!).Should().Equal(ids);
        Ids((await desk.HearAsync("new_user_message"))["message"]!).Should().Equal(ids);
        Ids((await visitor.MessagesAsync())[1]!).Should().Equal(ids);
        Ids((await visitor.ChatAsync())["messages"]![1]!).Should().Equal(ids);
        Ids((await mia.OpenChatAsync(visitor.ChatId))["messages"]![1]!).Should().Equal(ids);
        (await visitor.MessagesAsync())[0]!["attachments"]!.AsArray().Should().BeEmpty("the list is always there");
        await using var resumed = await visitor.OpenAsync(after: 1);
        Ids((await resumed.HearAsync("new_message"))["message"]!).Should().Equal(ids);
    }

    [Fact]
    public async Task An_admin_sends_files_too()
    {
        var (visitor, mia) = (await _server.VisitorAsync(), await _server.AdminAsync());
        await visitor.PostAsync("Hello!");
        await using var widget = await visitor.OpenAsync();
        var id = await mia.UploadedAsync(visitor.ChatId, FileSamples.Docx, "offer.docx");

        (await mia.SendFilesAsync(visitor.ChatId, "", "c1", id)).Status.Should().Be(201);

        var file = (await widget.HearAsync("new_message"))["message"]!["attachments"]![0]!;
        ((string)file["name"]!).Should().Be("offer.docx");
        ((string)file["type"]!).Should().Be("application/vnd.openxmlformats-officedocument.wordprocessingml.document");
        (await mia.UploadAsync("01890000-0000-7000-8000-000000000000", FileSamples.Png())).ShouldBeRefused(404, "not_found");
    }

    [Fact]
    public async Task Files_are_sent_over_the_socket_too_with_or_without_words()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        var (one, two) = (await visitor.UploadedAsync(FileSamples.Png()), await visitor.UploadedAsync(FileSamples.Png()));

        await widget.SayAsync(new { action = "send_message", content = "", attachment_ids = new[] { one } });
        Ids((await widget.HearAsync("new_message"))["message"]!).Should().Equal(one);
        await widget.SayAsync(new { action = "send_message", attachment_ids = new[] { two }, client_id = "c2" });
        var second = (await widget.HearAsync("new_message"))["message"]!;
        ((string)second["content"]!).Should().BeEmpty();
        Ids(second).Should().Equal(two);
        await widget.SayAsync(new { action = "send_message", content = " ", attachment_ids = Array.Empty<string>(), client_id = "c3" });
        ((string)(await widget.HearAsync("error"))["code"]!).Should().Be("empty_content");
        await widget.SayAsync(new { action = "send_message", content = " ", attachment_ids = Array.Empty<string>() });
        await widget.SayAsync(new { action = "send_message", content = "x", attachment_ids = new[] { one }, client_id = "c4" });
        var error = await widget.HearAsync("error");
        ((string)error["code"]!).Should().Be("unknown_attachment", "what is blank without a client_id is passed over");
        ((string)error["client_id"]!).Should().Be("c4");
        (await visitor.MessagesAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task Whoever_sends_again_gets_the_message_again_whatever_order_the_files_are_in()
    {
        var visitor = await _server.VisitorAsync();
        var ids = new[] { await visitor.UploadedAsync(FileSamples.Png()), await visitor.UploadedAsync(FileSamples.Pdf, "a.pdf") };
        var third = await visitor.UploadedAsync(FileSamples.Png());
        var sent = await visitor.SendFilesAsync("See", "c1", ids);

        var again = await visitor.SendFilesAsync("See", "c1", ids[1], ids[0]);

        again.Status.Should().Be(200, again.Text);
        ((string)again.Json!["id"]!).Should().Be((string)sent.Json!["id"]!);
        Ids(again.Json).Should().Equal(ids, "the stored order");
        (await visitor.SendFilesAsync("See", "c1", ids[0])).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.SendFilesAsync("See", "c1", ids[0], ids[1], third)).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.SendFilesAsync("See", "c1", third)).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.SendFilesAsync("Other", "c1", ids)).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.PostAsync("See", "c1")).ShouldBeRefused(409, "client_id_conflict");
        (await visitor.SendFilesAsync("", "c2", third)).Status.Should().Be(201, "what was refused was not taken");
        (await visitor.MessagesAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task Only_ones_own_whole_unused_files_of_this_chat_are_taken()
    {
        var (visitor, other, mia) = (await _server.VisitorAsync(), await _server.VisitorAsync(), await _server.AdminAsync());
        var leo = await _server.AdminAsync("leo@example.com", "Leo");
        await visitor.PostAsync("Hello!");
        await other.PostAsync("Hello!");
        var mine = await visitor.UploadedAsync(FileSamples.Png());
        var used = await visitor.UploadedAsync(FileSamples.Png());
        await visitor.SendFilesAsync("", null, used);
        string[] foreign =
        [
            used, await other.UploadedAsync(FileSamples.Png()), await mia.UploadedAsync(visitor.ChatId, FileSamples.Png()),
            "01890000-0000-7000-8000-000000000000", "", "x'--", "\u0000",
        ];

        foreach (var id in foreign)
            (await visitor.SendFilesAsync("x", null, mine, id)).ShouldBeRefused(422, "unknown_attachment");
        (await visitor.SendFilesAsync("x", null, mine, mine)).ShouldBeRefused(422, "unknown_attachment");
        (await visitor.SendFilesAsync("x", null, [.. Enumerable.Repeat(0, 11).Select(_ => Guid.NewGuid().ToString())]))
            .ShouldBeRefused(422, "unknown_attachment");
        (await mia.SendFilesAsync(visitor.ChatId, "x", null, mine)).ShouldBeRefused(422, "unknown_attachment");
        (await leo.SendFilesAsync(visitor.ChatId, "x", null, foreign[2])).ShouldBeRefused(422, "unknown_attachment");
        (await mia.SendFilesAsync(other.ChatId, "x", null, foreign[2])).ShouldBeRefused(422, "unknown_attachment");

        (await visitor.MessagesAsync()).Should().HaveCount(2, "nothing was stored");
        (await visitor.SendFilesAsync("x", null, mine)).Status.Should().Be(201);
    }

    [Theory]
    [InlineData("""{"content":"a","attachment_ids":"x"}""")]
    [InlineData("""{"content":"a","attachment_ids":[1]}""")]
    [InlineData("""{"content":"a","attachment_ids":[null]}""")]
    [InlineData("""{"content":"a","attachment_ids":[["x"]]}""")]
    [InlineData("""{"content":"a","attachment_ids":{"0":"x"}}""")]
    public async Task What_is_no_list_of_strings_is_a_bad_request(string body)
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        (await visitor.PostBodyAsync(body)).ShouldBeRefused(400, "bad_request");
        await widget.SayRawAsync(body.Replace("{\"content\"", "{\"action\":\"send_message\",\"content\"", StringComparison.Ordinal));
        ((string)(await widget.HearAsync("error"))["code"]!).Should().Be("bad_request");

        (await visitor.MessagesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Of_two_messages_at_once_with_one_file_one_wins()
    {
        var visitor = await _server.VisitorAsync();
        var id = await visitor.UploadedAsync(FileSamples.Png());

        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(each => visitor.SendFilesAsync("x", $"c{each}", id)));

        replies.Select(reply => reply.Status).Order().Should().Equal([201, .. Enumerable.Repeat(422, 7)]);
        (await visitor.MessagesAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task A_message_without_words_is_shown_by_its_first_file()
    {
        var (visitor, mia) = (await _server.VisitorAsync(), await _server.AdminAsync());
        var ids = new[]
        {
            await visitor.UploadedAsync(FileSamples.Png(), "broken mug.png"), await visitor.UploadedAsync(FileSamples.Png(), "second.png"),
        };

        await visitor.SendFilesAsync(" \u200B", null, ids);

        ((string)(await mia.ListAsync())[0]!["last_message_preview"]!).Should().Be("broken mug.png");
        await visitor.SendFilesAsync("Words win", null, await visitor.UploadedAsync(FileSamples.Png()));
        ((string)(await mia.ListAsync())[0]!["last_message_preview"]!).Should().Be("Words win");
    }

    [Fact]
    public async Task Clients_are_told_what_may_be_sent()
    {
        var (visitor, mia) = (await _server.VisitorAsync(), await _server.AdminAsync());
        await using var widget = await visitor.OpenAsync();
        await using var desk = await mia.WatchAsync();

        foreach (var told in (JsonNode[])[widget.Of("ready")[0]["limits"]!, desk.Of("ready")[0]["limits"]!, await visitor.ChatAsync()])
        {
            ((long)told["attachment_bytes"]!).Should().Be(10 << 20);
            told["attachment_types"]!.AsArray().Select(each => (string)each!).Should().Contain(["image/png", "application/pdf"])
                .And.NotContain(["text/html", "image/svg+xml"]);
        }
    }

    [Fact]
    public async Task The_owner_switches_files_off_and_on()
    {
        var (visitor, mia) = (await _server.VisitorAsync(), await _server.AdminAsync());
        var url = await visitor.SendFileAsync(FileSamples.Png());
        await mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Attachments:Enabled"] = "false" });

        (await visitor.UploadAsync(FileSamples.Png())).ShouldBeRefused(403, "forbidden");
        (await mia.UploadAsync(visitor.ChatId, FileSamples.Png())).ShouldBeRefused(403, "forbidden");
        ((long)(await visitor.ChatAsync())["attachment_bytes"]!).Should().Be(0);
        (await visitor.ChatAsync())["attachment_types"]!.AsArray().Should().BeEmpty();
        (await _server.FetchAsync(url)).Status.Should().Be(200, "what was sent before stays");

        await mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Attachments:Enabled"] = "true" });
        (await visitor.UploadAsync(FileSamples.Png())).Status.Should().Be(201);
    }

    [Fact]
    public async Task A_blocked_user_and_a_stranger_upload_nothing()
    {
        var (visitor, mia) = (await _server.VisitorAsync(), await _server.AdminAsync());
        await mia.PostAsync($"/users/{visitor.UserId}/block");

        (await visitor.UploadAsync(FileSamples.Png())).ShouldBeRefused(403, "forbidden");
        (await new Visitor(_server).UploadAsync(FileSamples.Png())).ShouldBeRefused(401, "unauthorized");
        (await new Admin(_server, "nobody@example.com").UploadAsync(visitor.ChatId, FileSamples.Png()))
            .ShouldBeRefused(401, "unauthorized");
    }

    private static IEnumerable<string> Ids(JsonNode message) =>
        message["attachments"]!.AsArray().Select(file => (string)file!["id"]!);
}
