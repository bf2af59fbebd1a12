using Microsoft.AspNetCore.Routing;

namespace LeanChat.Tests;

/// <summary>The addresses of the admins' side: all are there, and each asks who calls, and from where.</summary>
public sealed class AdminRouteSpecs : IAsyncLifetime
{
    private const string NoSuchId = "01890000-0000-7000-8000-000000000000";

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task No_change_is_taken_from_another_website()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello");
        using var client = _server.Client();
        foreach (var (method, path) in Routes().Where(route => route.Method != "GET"))
        {
            foreach (var (origin, site) in ((string?, string?)[])[
                (Visitor.Website, "cross-site"), (Visitor.Website, null), (null, "cross-site"), (null, "same-site"), ("null", null),
                (_server.Origin, "cross-site"), (null, null)])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace(
                    "{id}",
                    path.Contains("/users/", StringComparison.Ordinal) ? visitor.UserId : visitor.ChatId,
                    StringComparison.Ordinal));
                request.Headers.Add("Cookie", mia.Cookie);
                if (origin is not null)
                    request.Headers.Add("Origin", origin);
                if (site is not null)
                    request.Headers.Add("Sec-Fetch-Site", site);
                request.Content = Wire.Body(
                    new { email = mia.Email, password = Admin.Password, content = "x", shortcut = "x", name = "x" });
                var reply = await (await client.SendAsync(request)).ReplyAsync();
                (reply.Status, reply.Error).Should().Be((403, "forbidden"), "{0} {1} comes from {2}, {3}", method, path, origin, site);
            }
        }

        (await mia.GetAsync("/me")).Status.Should().Be(200, "nothing of it happened");
        ((long)(await mia.ListAsync())[0]!["message_count"]!).Should().Be(1);
    }

    /// <summary>How somebody gets a session.</summary>
    private static readonly string[] WithoutSession = ["/login", "/setup", "/password/forgot", "/password/reset"];

    [Fact]
    public async Task Nothing_is_shown_or_done_without_a_session()
    {
        await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        foreach (var cookie in (string[])["", "leanchat_admin=wrong", "leanchat_admin=" + visitor.Token, visitor.Cookie])
        {
            var nobody = new Admin(_server, "", "") { Cookie = cookie };
            foreach (var (method, path) in Routes().Where(route => !WithoutSession.Any(end =>
                route.Path.EndsWith(end, StringComparison.Ordinal))))
            {
                var reply = await nobody.RequestAsync(
                    new HttpMethod(method),
                    path.Replace("{id}", visitor.ChatId, StringComparison.Ordinal),
                    method == "GET" ? null : new { content = "x" });
                (reply.Status, reply.Error).Should().Be((401, "unauthorized"), "{0} {1} with the cookie {2}", method, path, cookie);
                reply.Header("Access-Control-Allow-Origin").Should().BeNull();
            }
        }
    }

    /// <summary>That they are those of the OpenAPI document, and no others, OpenApiSpecs says.</summary>
    [Fact]
    public void Every_address_is_there_under_both_prefixes()
    {
        var under = Routes().ToLookup(
            route => route.Path.StartsWith("/api", StringComparison.Ordinal),
            route => $"{route.Method} {route.Path[route.Path.IndexOf("/admin/", StringComparison.Ordinal)..]}");

        under[true].Should().HaveCountGreaterThan(25).And.BeEquivalentTo(under[false]);
    }

    [Fact]
    public async Task Both_prefixes_answer_alike()
    {
        var mia = await _server.AdminAsync();
        var api = new Admin(_server, mia.Email, "/api/admin") { Cookie = mia.Cookie };
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello");
        (await api.ReplyAsync(visitor.ChatId, "Hi")).Status.Should().Be(201);
        await mia.OpenChatAsync(visitor.ChatId); // The first look marks it viewed, which the second would tell.
        foreach (var path in (string[])[
            "/me", "/chats", "/chats/" + visitor.ChatId, $"/users/{visitor.UserId}/export", "/canned_replies", "/admins", "/settings",
            "/chats/" + NoSuchId, "/nonsense"])
        {
            var (one, other) = (await mia.GetAsync(path), await api.GetAsync(path));
            other.Status.Should().Be(one.Status, path);
            other.Text.Should().Be(one.Text, path);
        }
    }

    [Fact]
    public async Task What_does_not_exist_and_what_is_no_id_are_answered_alike()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        string? words = null;
        foreach (var id in (string[])[
            NoSuchId, "1", "nonsense", "%27%20or%201%3D1--", "%F0%9F%91%8B", new string('x', 2000),
            visitor.ChatId.ToUpperInvariant() + "0"])
        {
            foreach (var (method, path) in Routes().Where(route => route.Path.Contains("{id}", StringComparison.Ordinal)))
            {
                var reply = await new Admin(_server, "", "") { Cookie = mia.Cookie }.RequestAsync(
                    new HttpMethod(method), path.Replace("{id}", id, StringComparison.Ordinal),
                    method == "GET" ? null : new { content = "x", shortcut = "x", name = "x" });
                (reply.Status, reply.Error).Should().Be((404, "not_found"), "{0} {1} with {2}", method, path, id);
                reply.Text.Should().Be(words ??= reply.Text);
            }
        }
    }

    /// <summary>Every route of the admin's side that the server has.</summary>
    private IEnumerable<(string Method, string Path)> Routes() =>
        from endpoint in _server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
        where path.StartsWith("/admin/", StringComparison.Ordinal) || path.StartsWith("/api/admin/", StringComparison.Ordinal)
        // The service worker is a file of the page: it tells nothing.
        where path != "/admin/worker.js"
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
        select (method, path);
}
