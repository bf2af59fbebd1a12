using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>What may be said, and that it comes back as it was said.</summary>
public sealed class MessageTextSpecs : IAsyncLifetime
{
    private const string Family = "👨‍👩‍👧‍👦";

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

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

        (await visitor.PostBodyAsync(body)).ShouldBeRefused(422, "empty_content");

        (await visitor.MessagesAsync()).Should().BeEmpty();
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
        (await visitor.PostBodyAsync($$"""{"content":"{{string.Concat(fits.Select(unit => $"\\u{(int)unit:x4}"))}}"}""")).Status
            .Should().Be(201);
        (await visitor.PostAsync(doesNot)).ShouldBeRefused(422, "content_too_long");

        (await visitor.MessagesAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task The_owner_says_how_long_a_message_may_be()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:ContentLength=3", "Limits:FrameBytes=100");
        var visitor = await server.VisitorAsync();

        (await visitor.PostAsync("😀😀😀")).Status.Should().Be(201);
        (await visitor.PostAsync("😀😀😀a")).ShouldBeRefused(422, "content_too_long");
        (await visitor.PostAsync(new string('a', 90))).ShouldBeRefused(413, "too_large");
    }

    [Fact]
    public async Task A_limit_of_nought_is_none()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:ContentLength=0", "Limits:FrameBytes=0");
        var visitor = await server.VisitorAsync();

        (await visitor.PostAsync(new string('a', 200_000))).Status.Should().Be(201);
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

        (await visitor.PostBodyAsync(body)).ShouldBeRefused(400, "bad_request");

        (await visitor.MessagesAsync()).Should().BeEmpty();
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

        (await visitor.RequestAsync(HttpMethod.Post, "/messages", new ByteArrayContent(body))).ShouldBeRefused(400, "bad_request");

        (await visitor.MessagesAsync()).Should().BeEmpty();
    }

    public static TheoryData<string> OddNames => [.. Odd.Keys];

    /// <summary>By name, because a test's name should not carry such characters.</summary>
    private static readonly Dictionary<string, string> Odd = new()
    {
        ["every control"] =
            "x" + string.Concat(Enumerable.Range(1, 31).Append(127).Concat(Enumerable.Range(128, 32)).Select(each => (char)each)) + "x",
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
        Same((await visitor.MessagesAsync())[0]!, "in the history");
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

    private async Task<string> PreviewAsync(string said)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        (await visitor.PostAsync(said)).Status.Should().Be(201);
        return (string)(await mia.ListAsync()).Single()!["last_message_preview"]!;
    }

    private static int CodePoints(string text) => text.EnumerateRunes().Count();
}
