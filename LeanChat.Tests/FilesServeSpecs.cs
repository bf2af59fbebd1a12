using System.Globalization;
using System.Text.RegularExpressions;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>The address of a file: whoever has it may read, until it ends.</summary>
public sealed class FilesServeSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Visitor _visitor = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync("AllowedOrigins=https://shop.example");
        _visitor = await _server.VisitorAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_picture_is_shown_and_cannot_do_anything_else()
    {
        var url = await _visitor.SendFileAsync(FileSamples.Png(), "größe \"1\".png");

        var (status, bytes, response) = await _server.FetchAsync(
            url, headers: [("Origin", "https://elsewhere.example"), ("Sec-Fetch-Site", "cross-site")]);

        status.Should().Be(200);
        bytes.Should().Equal(FileSamples.Png());
        response.Header("Content-Type").Should().Be("image/png");
        response.Header("Content-Length").Should().Be(FileSamples.Png().Length.ToString(CultureInfo.InvariantCulture));
        response.Header("Content-Disposition").Should().StartWith("inline; ")
            .And.EndWith("filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.png");
        response.Header("Content-Security-Policy").Should().Be("default-src 'none'; sandbox");
        response.Header("X-Content-Type-Options").Should().Be("nosniff");
        response.Header("Cross-Origin-Resource-Policy").Should().Be("cross-origin");
        response.Header("Referrer-Policy").Should().Be("no-referrer");
        response.Header("Access-Control-Allow-Origin").Should().Be("*", "any page may read, whatever AllowedOrigins says");
        response.Header("Access-Control-Allow-Credentials").Should().BeNull();
        response.Header("Accept-Ranges").Should().Be("bytes");
        response.Header("ETag").Should().MatchRegex("^\"[^\"]+\"$");
        response.Header("Set-Cookie").Should().BeNull();
    }

    [Theory]
    [InlineData("pdf", "a.pdf")]
    [InlineData("text", "a.txt")]
    public async Task Everything_else_is_downloaded(string sample, string name)
    {
        var url = await _visitor.SendFileAsync(sample == "pdf" ? FileSamples.Pdf : "Hello!"u8.ToArray(), name);

        (await _server.FetchAsync(url)).Response.Header("Content-Disposition").Should().StartWith("attachment; ");
    }

    [Fact]
    public async Task A_large_file_comes_back_as_it_was_and_so_does_every_part_of_it()
    {
        var file = FileSamples.Text(300_000);
        var url = await _visitor.SendFileAsync(file, "long.txt");

        (await _server.FetchAsync(url)).Bytes.Should().Equal(file);
        foreach (var (range, from, to) in ((string, int, int)[])[
            ("bytes=0-0", 0, 1), ("bytes=65535-65536", 65_535, 65_537), ("bytes=100000-", 100_000, 300_000),
            ("bytes=-1", 299_999, 300_000), ("bytes=0-999999999", 0, 300_000), ("bytes=65536-131071", 65_536, 131_072)])
        {
            var (status, bytes, response) = await _server.FetchAsync(url, headers: ("Range", range));
            status.Should().Be(206, range);
            bytes.Should().Equal(file[from..to], range);
            response.Header("Content-Range").Should().Be($"bytes {from}-{to - 1}/300000");
        }

        foreach (var range in (string[])["bytes=300000-", "bytes=400000-500000"])
        {
            var (status, _, response) = await _server.FetchAsync(url, headers: ("Range", range));
            status.Should().Be(416, range);
            response.Header("Content-Range").Should().Be("bytes */300000");
        }

        foreach (var range in (string[])["bytes=x-y", "lines=0-1", "bytes=5-1", "bytes=0-1,5-6", ""])
            (await _server.FetchAsync(url, headers: ("Range", range))).Status.Should().Be(200, $"{range} is passed over (RFC 9110 §14.2)");
    }

    [Fact]
    public async Task What_a_browser_has_it_need_not_fetch_again()
    {
        var url = await _visitor.SendFileAsync(FileSamples.Text(100_000), "a.txt");
        var etag = (await _server.FetchAsync(url)).Response.Header("ETag")!;

        var again = await _server.FetchAsync(url, headers: ("If-None-Match", etag));
        again.Status.Should().Be(304);
        again.Bytes.Should().BeEmpty();
        (await _server.FetchAsync(url, headers: ("If-None-Match", "\"other\""))).Status.Should().Be(200);
        (await _server.FetchAsync(url, null, ("Range", "bytes=0-9"), ("If-Range", etag))).Status.Should().Be(206);
        (await _server.FetchAsync(url, null, ("Range", "bytes=0-9"), ("If-Range", "\"other\""))).Status.Should().Be(200);

        var head = await _server.FetchAsync(url, HttpMethod.Head);
        head.Status.Should().Be(200);
        head.Bytes.Should().BeEmpty();
        head.Response.Header("Content-Length").Should().Be("100000");
        (await _server.FetchAsync(url, HttpMethod.Post)).Status.Should().Be(405);
        var preflight = await _server.FetchAsync(
            url, HttpMethod.Options, ("Origin", "https://elsewhere.example"), ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "range"));
        preflight.Status.Should().Be(204);
        preflight.Response.Header("Access-Control-Allow-Headers").Should().Contain("Range");
    }

    [Fact]
    public async Task An_address_is_the_same_all_day_and_ends_within_a_week()
    {
        var url = await _visitor.SendFileAsync(FileSamples.Png());

        _server.Clock.Advance(TimeSpan.FromHours(14.9));
        FileStories.Address((await _visitor.MessagesAsync())[0]!).Should().Be(url);
        var left = Left((await _server.FetchAsync(url)).Response);
        left.Should().BeGreaterThan(TimeSpan.FromHours(1)).And.BeLessThan(TimeSpan.FromDays(7));

        _server.Clock.Advance(TimeSpan.FromHours(0.2));
        var next = FileStories.Address((await _visitor.MessagesAsync())[0]!);
        next.Should().NotBe(url);
        Left((await _server.FetchAsync(next)).Response).Should().BeLessThanOrEqualTo(TimeSpan.FromDays(7));
        (await _server.FetchAsync(url)).Status.Should().Be(200, "the one of yesterday is good for a while");

        _server.Clock.Advance(left - TimeSpan.FromHours(0.2) - TimeSpan.FromSeconds(2));
        (await _server.FetchAsync(url)).Status.Should().Be(200);
        _server.Clock.Advance(TimeSpan.FromSeconds(3));
        var over = await _server.FetchAsync(url);
        over.Status.Should().Be(404);
        over.Response.Header("Cache-Control").Should().Be("no-store");
    }

    [Fact]
    public async Task An_address_outlives_a_restart()
    {
        var url = await _visitor.SendFileAsync(FileSamples.Png());

        await _server.RestartAsync();

        (await _server.FetchAsync(url)).Status.Should().Be(200);
        FileStories.Address((await _visitor.MessagesAsync())[0]!).Should().Be(url);
    }

    [Fact]
    public async Task Whatever_is_wrong_with_an_address_the_answer_is_the_same()
    {
        var url = await _visitor.SendFileAsync(FileSamples.Png());
        var other = await _visitor.SendFileAsync(FileSamples.Png());
        var (id, key, until) = (Part(url, "/files/([^/]+)/"), Part(url, "key=([^&]+)"), Part(url, "until=([0-9]+)"));
        var answers = new List<string>();
        foreach (var wrong in (string[])[
            $"/files/{id}/photo.png", $"/files/{id}/photo.png?until={until}", $"/files/{id}/photo.png?key={key}",
            $"/files/{id}/photo.png?until={until}&key={key}x", $"/files/{id}/photo.png?until={until}&key=",
            $"/files/{id}/photo.png?until={long.Parse(until, CultureInfo.InvariantCulture) + 1}&key={key}",
            $"/files/{id}/photo.png?until=0{until}x&key={key}", $"/files/{id}/photo.png?until=99999999999999999999&key={key}",
            $"/files/{Part(other, "/files/([^/]+)/")}/photo.png?until={until}&key={key}",
            "/files/01890000-0000-7000-8000-000000000000/photo.png?until=1&key=x", "/files/x/y", "/files/%20/y?until=1&key=%00"])
        {
            var (status, bytes, response) = await _server.FetchAsync(wrong);
            status.Should().Be(404, wrong);
            response.Header("Cache-Control").Should().Be("no-store", wrong);
            answers.Add(System.Text.Encoding.UTF8.GetString(bytes));
        }

        answers.Distinct().Should().ContainSingle().Which.Should().Contain("not_found");
        (await _server.FetchAsync($"/files/{id}/other%20name?until={until}&key={key}")).Status.Should().Be(200, "the name decides nothing");
    }

    [Fact]
    public async Task Below_a_path_the_address_has_it_too()
    {
        await using var server = await LeanChatServer.StartAsync("PublicUrl=https://shop.example/chat");
        var visitor = await server.VisitorAsync();

        var url = await visitor.SendFileAsync(FileSamples.Png());

        url.Should().StartWith("/chat/files/");
        (await server.FetchAsync(url)).Status.Should().Be(200);
        (await server.FetchAsync(url["/chat".Length..])).Status.Should().Be(200, "a proxy may take the path away");
    }

    private static TimeSpan Left(HttpResponseMessage response)
    {
        var cache = response.Header("Cache-Control")!;
        cache.Should().Contain("private").And.Contain("immutable");
        var match = Regex.Match(cache, "max-age=([0-9]+)");
        match.Success.Should().BeTrue(cache);
        return TimeSpan.FromSeconds(long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static string Part(string url, string pattern) => Regex.Match(url, pattern).Groups[1].Value;
}
