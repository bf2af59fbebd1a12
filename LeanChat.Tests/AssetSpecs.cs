using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>The widget and the pages as they are served, and the headers that go everywhere.</summary>
public sealed partial class AssetSpecs(AssetSpecs.Running running) : IClassFixture<AssetSpecs.Running>
{
    private readonly LeanChatServer _server = running.Server;

    [Theory]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip,br", "br")]
    [InlineData("BR", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip;q=0.5", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("br; q=0.000, gzip", "gzip")]
    [InlineData("gzip;q=0, br;q=0", null)]
    [InlineData("deflate", null)]
    [InlineData("x-br", null)]
    [InlineData("identity", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public async Task Each_page_comes_in_the_coding_that_is_taken(string? accepted, string? coding)
    {
        foreach (var path in (string[])["/widget.js", "/admin", "/chat", "/"])
        {
            var (plain, _, _) = await DownloadAsync(path, null);
            var (text, got, response) = await DownloadAsync(path, accepted);

            got.Should().Be(coding, path);
            text.Should().Be(plain);
            response.Headers.Vary.Should().Contain("Accept-Encoding");
        }
    }

    [Theory]
    [InlineData("br", 14_000)]
    [InlineData("gzip", 16_000)]
    public async Task The_widget_is_small(string coding, int most) =>
        (await SizeAsync("/widget.js", coding)).Should().BeLessThanOrEqualTo(most);

    [Fact]
    public async Task The_dashboard_is_small() => (await SizeAsync("/admin", "br")).Should().BeLessThanOrEqualTo(45_000);

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        foreach (var path in (string[])["/widget.js", "/admin", "/chat", "/"])
        {
            var tag = (await _server.AskAsync(HttpMethod.Get, path, null, ("Accept-Encoding", "br"))).Header("ETag")!;
            tag.Should().MatchRegex("^\"[^\"]+\"$");
            string[] others =
            [
                (await _server.AskAsync(HttpMethod.Get, path, null, ("Accept-Encoding", "gzip"))).Header("ETag")!,
                (await _server.AskAsync(HttpMethod.Get, path)).Header("ETag")!,
            ];
            others.Should().OnlyHaveUniqueItems().And.NotContain(tag, "other bytes have another tag");
            foreach (var known in (string[])[tag, $"\"other\", {tag}", "W/" + tag, "*"])
            {
                var reply = await _server.AskAsync(HttpMethod.Get, path, null, ("If-None-Match", known), ("Accept-Encoding", "br"));
                reply.Status.Should().Be(304, known);
                reply.Text.Should().BeEmpty();
                reply.Header("ETag").Should().Be(tag);
                reply.Header("Cache-Control").Should().NotBeNull();
            }

            (await _server.AskAsync(HttpMethod.Get, path, null, ("If-None-Match", "\"other\""))).Status.Should().Be(200);
        }
    }

    [Fact]
    public async Task A_head_is_a_get_without_a_body()
    {
        foreach (var path in (string[])["/widget.js", "/admin", "/chat", "/", "/healthz"])
        {
            var get = await _server.AskAsync(HttpMethod.Get, path);
            var head = await _server.AskAsync(HttpMethod.Head, path);
            head.Status.Should().Be(200, path);
            head.Text.Should().BeEmpty();
            head.Header("Content-Type").Should().Be(get.Header("Content-Type"));
            head.Header("ETag").Should().Be(get.Header("ETag"));
        }
    }

    [Fact]
    public async Task The_widget_may_lie_in_any_page_and_for_a_while_in_any_cache()
    {
        var widget = await _server.AskAsync(HttpMethod.Get, "/widget.js", null, ("Origin", "https://shop.example"));

        widget.Header("Content-Type").Should().Be("text/javascript; charset=utf-8");
        widget.Header("Cache-Control").Should().Contain("max-age=300").And.Contain("stale-while-revalidate");
        widget.Header("Cross-Origin-Resource-Policy").Should().Be("cross-origin");
        widget.Header("X-Content-Type-Options").Should().Be("nosniff");
        widget.Header("Set-Cookie").Should().BeNull();
        widget.Text.Should().NotContain("/*<settings>*/", "the settings are filled in");
    }

    [Fact]
    public async Task The_dashboard_runs_nothing_but_its_own()
    {
        var page = await _server.AskAsync(HttpMethod.Get, "/admin");
        page.Status.Should().Be(200, "it loads without a session and shows the sign-in form");
        page.Header("Content-Type").Should().Be("text/html; charset=utf-8");
        page.Header("Referrer-Policy").Should().Be("no-referrer");
        page.Header("X-Content-Type-Options").Should().Be("nosniff");
        page.Response.Headers.Should().NotContain(header => header.Key.StartsWith("Access-Control"));
        var policy = Policy(page);

        policy["default-src"].Should().Be("'none'");
        policy["connect-src"].Should().Be("'self'");
        policy["frame-ancestors"].Should().Be("'none'");
        policy["base-uri"].Should().Be("'none'");
        policy["form-action"].Should().Be("'self'");
        policy["require-trusted-types-for"].Should().Be("'script'");
        Allows(policy, page.Text);
        Scripts().Matches(page.Text).Select(script => script.Groups["attributes"].Value)
            .Should().OnlyContain(attributes => !attributes.Contains("src="), "it is one file");
        page.Text.Should().NotContain("dashboard/").And.Contain("Nothing archived.", "the modules are in it");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/chat")]
    public async Task The_other_pages_run_nothing_but_their_own_either(string path)
    {
        var page = await _server.AskAsync(HttpMethod.Get, path);

        page.Status.Should().Be(200);
        page.Header("Content-Type").Should().Be("text/html; charset=utf-8");
        page.Header("X-Content-Type-Options").Should().Be("nosniff");
        page.Text.Should().Contain("widget.js").And.NotContain("{{");
        var policy = Policy(page);
        policy["default-src"].Should().Be("'none'");
        Allows(policy, page.Text);
    }

    [Fact]
    public async Task Health_is_a_word()
    {
        var reply = await _server.AskAsync(HttpMethod.Get, "/healthz");

        (reply.Status, reply.Text).Should().Be((200, "ok"));
        reply.Header("Cache-Control").Should().Be("no-store");
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404, "not_found")]
    [InlineData("GET", "/support_chat/nowhere", 404, "not_found")]
    [InlineData("GET", "/support_chats", 404, "not_found")]
    [InlineData("GET", "/admin.html", 404, "not_found")]
    [InlineData("GET", "/widget.js/x", 404, "not_found")]
    [InlineData("GET", "/../leanchat.db", 404, "not_found")]
    [InlineData("GET", "/%2e%2e/%2e%2e/etc/passwd", 404, "not_found")]
    [InlineData("GET", "/api", 404, "not_found")]
    [InlineData("GET", "/ws", 404, "not_found")]
    [InlineData("POST", "/widget.js", 405, "method_not_allowed")]
    [InlineData("POST", "/", 405, "method_not_allowed")]
    [InlineData("DELETE", "/healthz", 405, "method_not_allowed")]
    [InlineData("PUT", "/support_chat", 405, "method_not_allowed")]
    [InlineData("DELETE", "/support_chat/messages", 405, "method_not_allowed")]
    [InlineData("GET", "/api/support_chat/mark_read", 405, "method_not_allowed")]
    [InlineData("GET", "/api/support-chat/session", 405, "method_not_allowed")]
    [InlineData("GET", "/admin/login", 405, "method_not_allowed")]
    [InlineData("PATCH", "/api/admin/logout", 405, "method_not_allowed")]
    [InlineData("GET", "/admin/chats", 401, "unauthorized")]
    [InlineData("GET", "/ws/chat", 426, "upgrade_required")]
    [InlineData("GET", "/ws/admin", 426, "upgrade_required")]
    [InlineData("GET", "/support_chat/messages", 401, "unauthorized")]
    public async Task Every_error_has_its_code_and_a_sentence(string method, string path, int status, string code)
    {
        var reply = await _server.AskAsync(new HttpMethod(method), path);

        reply.Status.Should().Be(status, reply.Text);
        reply.Header("Content-Type").Should().StartWith("application/json");
        reply.Json!.AsObject().Select(each => each.Key).Should().BeEquivalentTo("error", "message");
        reply.Error.Should().Be(code);
        ((string)reply.Json["message"]!).Should().MatchRegex("^[A-Z].*\\.$");
        reply.Header("X-Content-Type-Options").Should().Be("nosniff");
        reply.Header("Server").Should().BeNull();
        if (status == 405)
            reply.Header("Allow").Should().NotBeNullOrEmpty("RFC 9110 §15.5.6 wants to know what is");
    }

    [Theory]
    [InlineData("hEAD", "/support_chat/messages")]
    [InlineData("HeAD", "/admin")]
    [InlineData("get", "/widget.js")]
    [InlineData("options", "/support_chat")]
    public async Task A_method_that_is_not_in_capitals_is_refused_in_words(string method, string path)
    {
        // Found by the fuzzer: taken for HEAD, it got a length without a body, which ended as an error of ours.
        using var line = new System.Net.Sockets.TcpClient();
        await line.ConnectAsync("127.0.0.1", _server.Address.Port);
        await line.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccess-Control-Request-Method: GET\r\nConnection: close\r\n\r\n"));

        var answer = await new StreamReader(line.GetStream()).ReadToEndAsync();

        answer.Should().StartWith("HTTP/1.1 400 ").And.EndWith("""{"error":"bad_request","message":"Write the method in capitals."}""");
    }

    [Fact]
    public async Task Nobody_says_what_serves()
    {
        foreach (var path in (string[])["/", "/chat", "/admin", "/widget.js", "/healthz", "/support_chat", "/admin/me"])
        {
            var reply = await _server.AskAsync(HttpMethod.Get, path);
            reply.Header("Server").Should().BeNull();
            reply.Header("X-Powered-By").Should().BeNull();
            reply.Header("X-Content-Type-Options").Should().Be("nosniff", path);
        }
    }

    private static string Here([CallerFilePath] string path = "") => path;

    private static Dictionary<string, string> Policy(Reply page)
    {
        var policy = page.Header("Content-Security-Policy")!;
        policy.Should().NotContain("unsafe-inline")
            .And.NotContain("unsafe-eval").And.NotContain("unsafe-hashes").And.NotContain("http:").And.NotContain("*");
        return policy.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(part => part.Split(' ')[0], part => part.Contains(' ') ? part[(part.IndexOf(' ') + 1)..] : "");
    }

    /// <summary>Every script and style in the page is named by its hash, and nothing in it needs more than that.</summary>
    private static void Allows(Dictionary<string, string> policy, string page)
    {
        foreach (Match script in Scripts().Matches(page))
        {
            if (script.Groups["attributes"].Value.Contains("src=", StringComparison.Ordinal))
                policy["script-src"].Should().Contain("'self'");
            else if (!script.Groups["attributes"].Value.Contains("json", StringComparison.Ordinal))
                policy["script-src"].Should().Contain(Hash(script.Groups["text"].Value));
        }

        foreach (Match style in Styles().Matches(page))
            policy["style-src"].Should().Contain(Hash(style.Groups["text"].Value));
        var markup = Styles().Replace(Scripts().Replace(page, ""), "");
        Inline().Matches(markup).Select(match => match.Value).Should().BeEmpty();
    }

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private async Task<(string Text, string? Coding, HttpResponseMessage Response)> DownloadAsync(string path, string? accepted)
    {
        using var client = _server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accepted is not null)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        var response = await client.SendAsync(request);
        ((int)response.StatusCode).Should().Be(200);
        var coding = response.Content.Headers.ContentEncoding.SingleOrDefault();
        await using var body = await response.Content.ReadAsStreamAsync();
        await using Stream decoded = coding switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        using var reader = new StreamReader(decoded, Encoding.UTF8);
        return (await reader.ReadToEndAsync(), coding, response);
    }

    private async Task<int> SizeAsync(string path, string coding)
    {
        using var client = _server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        using var response = await client.SendAsync(request);
        response.Content.Headers.ContentEncoding.Should().Equal(coding);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        response.Content.Headers.ContentLength.Should().Be(bytes.Length);
        return bytes.Length;
    }

    [GeneratedRegex("<script(?<attributes>[^>]*)>(?<text>.*?)</script>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Scripts();

    [GeneratedRegex("<[a-z][^>]*\\s(?:style|on[a-z]+)\\s*=[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    [GeneratedRegex("<style[^>]*>(?<text>.*?)</style>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Styles();

    /// <summary>One server for all: nothing here changes it.</summary>
    public sealed class Running : IAsyncLifetime
    {
        internal LeanChatServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0");

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
