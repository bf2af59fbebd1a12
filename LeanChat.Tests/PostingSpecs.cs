using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeanChat.Chats;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>What may be said, what may not, and that it comes back as it was said.</summary>
public sealed class PostingSpecs : IAsyncLifetime
{
    private const string Family = "👨‍👩‍👧‍👦";

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
            .Should().BeEquivalentTo("id", "seq", "client_id", "content", "sender_type", "sender_name", "read_at", "created_at");
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

        (await MessagesAsync(visitor)).Should().HaveCount(1);
    }

    [Fact]
    public async Task The_same_client_id_again_is_answered_with_the_stored_message()
    {
        var visitor = await _server.VisitorAsync();
        var first = await visitor.PostAsync("Hello!", "c1");
        _server.Clock.Advance(TimeSpan.FromMinutes(1));

        var again = await visitor.PostAsync("Hello!", "c1");

        again.Status.Should().Be(200);
        again.Text.Should().Be(first.Text);
        (await MessagesAsync(visitor)).Should().HaveCount(1);
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

        Refused(await visitor.PostAsync("Hello?", "c1"), 409, "client_id_conflict");
        (await visitor.PostAsync("Hello!", "c1")).Status.Should().Be(200);
        (await mia.ReplyAsync(visitor.ChatId, "Hello yourself.", "c1")).Status.Should().Be(200);
        (await MessagesAsync(visitor)).Should().HaveCount(4);

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

        Refused(await visitor.PostAsync("Hello?", "c1"), 409, "client_id_conflict");
        Refused(await visitor.PostAsync("Hello! ", "c1"), 409, "client_id_conflict");

        (await MessagesAsync(visitor)).Select(message => (string)message!["content"]!).Should().Equal("Hello!");
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
        Refused(await ben.ReplyAsync(visitor.ChatId, "Three", "c1"), 409, "client_id_conflict");

        (await MessagesAsync(visitor)).Select(message => (string)message!["content"]!).Should().Equal("One", "Three", "Four");
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
        commands.Post(Sender.User(gone.UserId), known, "Too late", "c1", (outcome, _) => done.SetResult(outcome.Is(out var _, out var _)));

        (await done.Task).Should().BeFalse();
        (await MessagesAsync(next)).Should().BeEmpty();
    }

    [Fact]
    public async Task Twenty_copies_at_once_are_one_message()
    {
        var visitor = await _server.VisitorAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => visitor.PostAsync("Hello!", "c1")));

        replies.Select(reply => reply.Status).Order().Should().Equal(Enumerable.Repeat(200, 19).Append(201));
        replies.Select(reply => reply.Text).Distinct().Should().HaveCount(1);
        (await MessagesAsync(visitor)).Should().HaveCount(1);
    }

    [Fact]
    public async Task Many_at_once_are_numbered_without_gaps()
    {
        var visitor = await _server.VisitorAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(number =>
            number % 4 == 3 ? visitor.PostAsync(" ", $"c{number}") : visitor.PostAsync($"Message {number}", $"c{number}")));

        replies.Where(reply => reply.Status == 201).Select(reply => (long)reply.Json!["seq"]!).Order()
            .Should().Equal(Enumerable.Range(1, 30).Select(seq => (long)seq));
        var stored = await MessagesAsync(visitor);
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

        Refused(await SendAsync(visitor, $$"""{"content":"Hello!","client_id":{{json}}}"""), 400, "bad_request");

        (await MessagesAsync(visitor)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"content":""}""")]
    [InlineData("""{"content":"   "}""")]
    [InlineData("""{"content":"\n\t\r "}""")]
    [InlineData("""{"content":"\u00a0\u2003\u3000\u2028"}""")]
    [InlineData("""{"content":null}""")]
    [InlineData("""{"client_id":"c1"}""")]
    [InlineData("""{"content":" ","client_id":"c1"}""")]
    [InlineData("{}")]
    public async Task Nothing_is_not_a_message(string body)
    {
        var visitor = await _server.VisitorAsync();

        Refused(await SendAsync(visitor, body), 422, "empty_content");

        (await MessagesAsync(visitor)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("a")]
    [InlineData("😀")]
    [InlineData("é")]
    [InlineData("\u0301")]
    [InlineData("\ud834\udd1e")]
    public async Task Length_is_counted_in_code_points(string point)
    {
        var visitor = await _server.VisitorAsync();
        var (fits, doesNot) = (string.Concat(Enumerable.Repeat(point, 5000)), string.Concat(Enumerable.Repeat(point, 5001)));

        var reply = await visitor.PostAsync(fits);
        reply.Status.Should().Be(201, reply.Error);
        ((string)reply.Json!["content"]! == fits).Should().BeTrue("it is stored whole");
        // Escaped as long as JSON can spell it, it fits the same.
        (await SendAsync(visitor, $$"""{"content":"{{string.Concat(fits.Select(unit => $"\\u{(int)unit:x4}"))}}"}""")).Status
            .Should().Be(201);
        Refused(await visitor.PostAsync(doesNot), 422, "content_too_long");

        (await MessagesAsync(visitor)).Should().HaveCount(2);
    }

    [Fact]
    public async Task The_owner_says_how_long_a_message_may_be()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:ContentLength=3", "Limits:FrameBytes=100");
        var visitor = await server.VisitorAsync();

        (await visitor.PostAsync("😀😀😀")).Status.Should().Be(201);
        Refused(await visitor.PostAsync("😀😀😀a"), 422, "content_too_long");
        Refused(await visitor.PostAsync(new string('a', 90)), 413, "too_large");
    }

    [Fact]
    public async Task A_limit_of_nought_is_none()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:ContentLength=0", "Limits:FrameBytes=0");
        var visitor = await server.VisitorAsync();

        (await visitor.PostAsync(new string('a', 200_000))).Status.Should().Be(201);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_has_at_most_65536_bytes(bool chunked)
    {
        var visitor = await _server.VisitorAsync();
        var small = """{"content":"Hello!"}""";

        var fits = await SendAsync(visitor, small.PadRight(65_536), chunked);
        fits.Status.Should().Be(201, fits.Text);
        Refused(await SendAsync(visitor, small.PadRight(65_537), chunked), 413, "too_large");
        Refused(await SendAsync(visitor, small.PadRight(3_000_000), chunked), 413, "too_large");

        (await MessagesAsync(visitor)).Should().HaveCount(1);
    }

    [Theory]
    [InlineData("""{"content":"\ud800"}""")]
    [InlineData("""{"content":"\udc00"}""")]
    [InlineData("""{"content":"a\ud83d"}""")]
    [InlineData("""{"content":"\ud83d b \ude00"}""")]
    [InlineData("""{"content":"\ude00\ud83d"}""")]
    [InlineData("""{"content":"Hello!","\ud800":1}""")]
    [InlineData("""{"\udfff":"Hello!"}""")]
    public async Task Half_a_character_is_no_text(string body)
    {
        var visitor = await _server.VisitorAsync();

        Refused(await SendAsync(visitor, body), 400, "bad_request");

        (await MessagesAsync(visitor)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(0xff)]
    [InlineData(0xc0, 0xaf)]
    [InlineData(0xed, 0xa0, 0x80)]
    [InlineData(0xf4, 0x90, 0x80, 0x80)]
    [InlineData(0xe2, 0x82)]
    public async Task Bad_UTF_8_is_no_text(params int[] bytes)
    {
        var visitor = await _server.VisitorAsync();
        byte[] body = [.. "{\"content\":\"a"u8, .. bytes.Select(each => (byte)each), .. "\"}"u8];

        Refused(await visitor.RequestAsync(HttpMethod.Post, "/messages", new ByteArrayContent(body)), 400, "bad_request");

        (await MessagesAsync(visitor)).Should().BeEmpty();
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

        Refused(await SendAsync(visitor, body), 400, "bad_request");

        (await MessagesAsync(visitor)).Should().BeEmpty();
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

        Refused(await SendAsync(visitor, body), 400, "bad_request");

        (await MessagesAsync(visitor)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_body_nested_a_thousand_deep_is_refused()
    {
        var visitor = await _server.VisitorAsync();

        Refused(
            await SendAsync(visitor, $$"""{"content":"a","else":{{new string('[', 1000)}}{{new string(']', 1000)}}}"""),
            400,
            "bad_request");
    }

    [Fact]
    public async Task Fields_that_nobody_knows_are_passed_over()
    {
        var visitor = await _server.VisitorAsync();

        (await SendAsync(
            visitor,
            """{"content":"Hello!","seq":99,"sender_type":"admin","id":"1","mood":{"x":[1,null]}}""")).Json!["sender_type"]!
                .GetValue<string>().Should().Be("user");
    }

    public static TheoryData<string> OddNames => [.. Odd.Keys];

    /// <summary>By name, because a test's name should not carry such characters.</summary>
    private static readonly Dictionary<string, string> Odd = new()
    {
        ["nul"] = "a\0b",
        ["nul first"] = "\0a",
        ["nul last"] = "a\0",
        ["every control"] =
            "x" + string.Concat(Enumerable.Range(0, 32).Append(127).Concat(Enumerable.Range(128, 32)).Select(each => (char)each)) + "x",
        ["newlines"] = "a\nb\r\nc\rd\u2028e\u2029f\u0085g",
        ["spaces around"] = "  a  \n",
        ["quotes"] = "\"'`\\/\\\"\\u0041",
        ["html"] = "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;&lt;</textarea>]]>",
        ["sql"] = "'; drop table support_messages; -- \" or 1=1",
        ["json"] = "{\"type\":\"new_message\"}",
        ["emoji"] = "👋🏽 " + Family + " 🏳️‍🌈 🇩🇪 ❤️",
        ["combining"] = "e\u0301 \u0301 Z\u0351\u0343\u036d",
        ["not normalised"] = "\u00e9 e\u0301 \u212b \ufb01 \uff21",
        ["right to left"] = "\u202eabc\u202c שלום \u200f\u2067\u2069",
        ["zero width"] = "a\u200b\u200c\u200d\u2060\ufeff",
        ["byte order mark first"] = "\ufeffa",
        ["noncharacters"] = "\uffff\ufffe\ufdd0\U0001ffff\U0010ffff\ufffd",
        ["private use"] = "\ue000\uf8ff\U000f0000",
        ["scripts"] = "漢字 かな 한글 العربية हिन्दी ไทย Ελληνικά Кириллица 𒀀 𝔘",
        ["tags"] = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    };

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task Every_odd_character_comes_back_unchanged(string name)
    {
        var said = Odd[name];
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        var reply = await visitor.PostAsync(said, "c1");

        reply.Status.Should().Be(201, reply.Text);
        Same(reply.Json!, "in the answer");
        Same((await widget.HearAsync("new_message"))["message"]!, "on the socket");
        Same((await MessagesAsync(visitor))[0]!, "in the history");
        (await visitor.PostAsync(said, "c1")).Status.Should().Be(200, "a retry compares equal");

        void Same(JsonNode message, string where) => ((string)message["content"]! == said).Should().BeTrue(
            $"{where} it reads {JsonSerializer.Serialize((string)message["content"]!, Wire.Options)}");
    }

    public static TheoryData<string> LongNames => [.. Long.Keys];

    private static readonly Dictionary<string, string> Long = new()
    {
        ["a hundred letters"] = new string('a', 100),
        ["a hundred and one"] = new string('a', 101),
        ["emoji at the end"] = new string('a', 99) + "😀😀",
        ["family at the end"] = new string('a', 99) + Family + "b",
        ["family across the end"] = new string('a', 95) + Family + Family,
        ["families"] = string.Concat(Enumerable.Repeat(Family, 60)),
        ["combining"] = string.Concat(Enumerable.Repeat("e\u0301", 80)),
        ["combining across the end"] = new string('a', 99) + "e\u0301\u0323" + "b",
        ["mark right after the end"] = new string('a', 100) + "\u0301",
        ["flags"] = "a" + string.Concat(Enumerable.Repeat("🇩🇪", 60)),
        ["skin tones"] = "ab" + string.Concat(Enumerable.Repeat("👍🏽", 70)) + "c",
        ["rainbow flags"] = string.Concat(Enumerable.Repeat("🏳️‍🌈", 60)),
        ["devanagari"] = "a" + string.Concat(Enumerable.Repeat("क्षि", 60)),
        ["jamo"] = "a" + string.Concat(Enumerable.Repeat("\u1100\u1161\u11a8", 60)),
        ["newline across the end"] = new string('a', 99) + "\r\nb",
        ["tagged flags"] = string.Concat(Enumerable.Repeat("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 30)),
    };

    [Theory]
    [MemberData(nameof(LongNames))]
    public async Task A_preview_is_the_first_hundred_characters_and_never_half_of_one(string name)
    {
        var said = Long[name];
        var preview = await PreviewAsync(said);

        said.Should().StartWith(preview);
        var ends = StringInfo.ParseCombiningCharacters(said).Append(said.Length).ToArray();
        ends.Should().Contain(preview.Length, "it ends between two characters");
        CodePoints(preview).Should().BeLessThanOrEqualTo(100);
        // And it shows as much as it may.
        if (preview.Length < said.Length)
            CodePoints(said[..ends.First(end => end > preview.Length)]).Should().BeGreaterThan(100);
    }

    [Fact]
    public async Task A_character_longer_than_a_preview_is_cut_between_code_points()
    {
        var preview = await PreviewAsync("Z" + string.Concat(Enumerable.Repeat("\U000e0100", 150)));

        CodePoints(preview).Should().Be(100);
        char.IsHighSurrogate(preview[^1]).Should().BeFalse();
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

        Refused(await nobody.PostAsync("Hello!"), 401, "unauthorized");
        Refused(await stranger.PostAsync("Hello!"), 401, "unauthorized");

        (await _server.QueryAsync("select count(*) from users")).Should().Equal("0");
    }

    private async Task<string> PreviewAsync(string said)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        (await visitor.PostAsync(said)).Status.Should().Be(201);
        return (string)(await mia.ListAsync()).Single()!["last_message_preview"]!;
    }

    private static int CodePoints(string text) => text.EnumerateRunes().Count();

    private static async Task<JsonArray> MessagesAsync(Visitor visitor) => (await visitor.GetAsync("/messages?after=0")).Json!.AsArray();

    private static Task<Reply> SendAsync(Visitor visitor, string body, bool chunked = false)
    {
        HttpContent content = chunked
            ? new StreamContent(new OneWayStream(Encoding.UTF8.GetBytes(body)))
            : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return visitor.RequestAsync(HttpMethod.Post, "/messages", content);
    }

    private static IEnumerable<string> Keys(JsonNode json) => json.AsObject().Select(each => each.Key);

    private static void Refused(Reply reply, int status, string code)
    {
        reply.Status.Should().Be(status, reply.Text);
        reply.Error.Should().Be(code);
        Keys(reply.Json!).Should().BeEquivalentTo("error", "message");
        ((string)reply.Json!["message"]!).Should().EndWith(".").And.NotContainAny("Exception", "System.", "LeanChat.", "select ", " at /");
    }

    /// <summary>A body whose length nobody knows beforehand, so that it is sent in chunks.</summary>
    private sealed class OneWayStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
