using LeanChat.People;
using LeanChat.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LeanChat.Tests;

/// <summary>Everybody against everything: who gets what, in one table.</summary>
public sealed class AccessSpecs : IAsyncLifetime
{
    private const string Absent = "01890000-0000-7000-8000-000000000000";

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_route_says_once_who_may_call_it_itself_or_by_its_group()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        var group = app.MapGroup("/decided").WithMetadata(Access.Admin);
        group.MapGet("/by-its-group", Nothing);
        app.MapGet("/by-itself", Nothing).WithMetadata(Access.Public);

        AccessFilter.RequireDecisions(app);
        group.MapGet("/twice", Nothing).WithMetadata(Access.Public);
        Start(app).Should().Throw<InvalidOperationException>().WithMessage("*/decided/twice*");
    }

    [Fact]
    public async Task A_route_that_does_not_say_who_may_call_it_stops_the_start()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.MapGet("/undecided", Nothing);

        Start(app).Should().Throw<InvalidOperationException>().WithMessage("*/undecided*");
    }

    [Fact]
    public void Nothing_of_the_admins_side_is_open_but_the_door()
    {
        var open = from route in _server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                   where route.RoutePattern.RawText!.Contains("admin", StringComparison.Ordinal)
                       && !route.Metadata.OfType<Access>().Any(
                           access => access is Access.Admin or Access.AdminOrToken or Access.AdminSocket)
                   select "/" + route.RoutePattern.RawText!.TrimStart('/');

        open.Distinct().Should().BeEquivalentTo(
            "/admin", "/admin.webmanifest", "/admin/worker.js", "/admin/login", "/admin/setup", "/api/admin/login", "/api/admin/setup",
            "/admin/password/forgot", "/admin/password/reset", "/api/admin/password/forgot", "/api/admin/password/reset",
            "/admin/admins/accept", "/api/admin/admins/accept");
    }

    [Fact]
    public async Task Everybody_gets_what_is_theirs_and_nothing_else()
    {
        var (alice, bob, gone) = (await _server.VisitorAsync(), await _server.VisitorAsync(), await _server.VisitorAsync());
        await alice.PostAsync("Alice's secret");
        await bob.PostAsync("Bob's secret");
        await gone.RequestAsync(HttpMethod.Delete, "/session");
        var mia = await _server.AdminAsync();
        var fired = await _server.AdminAsync("leo@example.com", "Leo");
        await mia.RequestAsync(HttpMethod.Delete, "/admins/" + fired.Id);
        (string Name, string Cookie, string? Token)[] callers =
        [
            ("nobody", "", null), ("alice", alice.Cookie, alice.Token), ("bob", bob.Cookie, bob.Token),
            ("an ended session", gone.Cookie, gone.Token),
            ("an admin", mia.Cookie, mia.Cookie.Split('=')[1]), ("a removed admin", fired.Cookie, fired.Cookie.Split('=')[1]),
        ];
        (string Name, string Id)[] chats =
        [
            ("alice's", alice.ChatId), ("bob's", bob.ChatId), ("an absent", Absent), ("a malformed", "x'--"),
        ];

        var wrong = new List<string>();
        foreach (var (caller, cookie, token) in callers)
        {
            foreach (var (chat, id) in chats)
            {
                var (own, exists, admin) = ($"{caller}'s" == chat, chat is "alice's" or "bob's", caller == "an admin");
                var query = "?chat_id=" + Uri.EscapeDataString(id);

                // The admin's side, over HTTP: an admin sees what there is, everybody else nothing, there or not.
                await ExpectAsync($"{caller} opens {chat} chat", admin ? exists ? 200 : 404 : 401, () => StatusAsync(
                    HttpMethod.Get, "/admin/chats/" + Uri.EscapeDataString(id), cookie));
                await ExpectAsync($"{caller} answers in {chat} chat", admin ? exists ? 201 : 404 : 401, () => StatusAsync(
                    HttpMethod.Post, $"/api/admin/chats/{Uri.EscapeDataString(id)}/messages", cookie, new { content = "Hi" }));
                await ExpectAsync($"{caller} archives {chat} chat", admin ? exists ? 200 : 404 : 401, () => StatusAsync(
                    HttpMethod.Post, $"/admin/chats/{Uri.EscapeDataString(id)}/archive", cookie));
                await ExpectAsync($"{caller} joins {chat} chat as admin", admin ? exists ? 101 : 404 : 403, () => KnockAsync(
                    "/ws/chat" + query + "&as=admin", cookie));

                // The visitor's sockets: by cookie before the upgrade, by token after it. Who has no cookie of use is let up to the
                // first frame.
                await ExpectAsync(
                    $"{caller} joins {chat} chat by cookie",
                    caller is "alice" or "bob" ? own ? 101 : 403 : 101,
                    () => KnockAsync("/ws/chat" + query, cookie));
                await ExpectAsync(
                    $"{caller} joins {chat} chat by token",
                    caller is "alice" or "bob" ? own ? 0 : 4403 : 4401,
                    () => JoinAsync(query, token));
            }

            var user = caller is "alice" or "bob";
            await ExpectAsync(
                $"{caller} reads by cookie", user ? 200 : 401, () => StatusAsync(HttpMethod.Get, "/support_chat/messages", cookie));
            await ExpectAsync($"{caller} writes by cookie", user ? 201 : 401, () => StatusAsync(
                HttpMethod.Post, "/support_chat/messages", cookie, new { content = "x" }));
            await ExpectAsync(
                $"{caller} marks read by cookie", user ? 200 : 401, () => StatusAsync(HttpMethod.Patch, "/support_chat/mark_read", cookie));
            await ExpectAsync($"{caller} reads by token", user ? 200 : 401, () => StatusAsync(
                HttpMethod.Get, "/support_chat/messages", null, token: token));
            await ExpectAsync($"{caller} writes by token", user ? 201 : 401, () => StatusAsync(
                HttpMethod.Post, "/support_chat/messages", null, new { content = "x" }, token));
            await ExpectAsync(
                $"{caller} lists chats", caller == "an admin" ? 200 : 401, () => StatusAsync(HttpMethod.Get, "/admin/chats", cookie));
            await ExpectAsync(
                $"{caller} lists admins by token", 401, () => StatusAsync(HttpMethod.Get, "/admin/admins", null, token: token));
            await ExpectAsync(
                $"{caller} opens the dashboard's socket", caller == "an admin" ? 101 : 403, () => KnockAsync("/ws/admin", cookie));
            await ExpectAsync($"{caller} erases alice", caller == "an admin" ? 404 : 401, () => StatusAsync(
                HttpMethod.Delete, "/admin/users/" + (caller == "an admin" ? Absent : alice.UserId), cookie));
        }

        wrong.Should().BeEmpty();
        (await alice.GetAsync("/messages")).Text.Should().Contain("Alice's secret").And.NotContain("Bob's secret");
        (await bob.GetAsync("/messages")).Text.Should().Contain("Bob's secret").And.NotContain("Alice's secret");

        async Task ExpectAsync(string what, int expected, Func<Task<int>> ask)
        {
            if (await ask() is var seen && seen != expected)
                wrong.Add($"{what}: {seen} instead of {expected}");
        }
    }

    private static Task Nothing(HttpContext context) => Task.CompletedTask;

    private static Action Start(WebApplication app) => () => AccessFilter.RequireDecisions(app);

    private async Task<int> StatusAsync(HttpMethod method, string path, string? cookie, object? body = null, string? token = null)
    {
        using var client = _server.Client();
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Origin", _server.Origin);
        if (!string.IsNullOrEmpty(cookie))
            request.Headers.Add("Cookie", cookie);
        if (token is not null)
            request.Headers.Add("Authorization", "Bearer " + token);
        if (body is not null)
            request.Content = Wire.Body(body);
        return (await (await client.SendAsync(request)).ReplyAsync()).Status;
    }

    private async Task<int> KnockAsync(string path, string cookie) =>
        (await _server.KnockAsync(
            path, cookie.Length > 0 ? [("Origin", _server.Origin), ("Cookie", cookie)] : [("Origin", _server.Origin)])).Status;

    /// <summary>0 when it is let in, else the close code.</summary>
    private async Task<int> JoinAsync(string query, string? token)
    {
        await using var socket = await Conversation.OpenAsync(_server.Socket("/ws/chat" + query), Visitor.Website);
        await socket.SayAsync(new { action = "auth", token });
        try
        {
            await socket.HearAsync("ready");
            return 0;
        }
        catch (InvalidOperationException)
        {
            // Not let in: the close code says why.
            return await socket.ClosedAsync();
        }
    }
}
