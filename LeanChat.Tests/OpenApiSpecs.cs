using System.Text.Json.Nodes;
using LeanChat.Proof;
using Microsoft.AspNetCore.Routing;

namespace LeanChat.Tests;

/// <summary>/openapi/v1.json says what there is and how it answers, no more and no less.</summary>
public sealed class OpenApiSpecs : IAsyncLifetime
{
    private const string Absent = "01890000-0000-7000-8000-000000000000";

    private LeanChatServer _server = null!;
    private ApiDocument _document = null!;
    private Reply _served = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0");
        _served = await _server.AskAsync(HttpMethod.Get, "/openapi/v1.json");
        _document = new ApiDocument(_served.Json!);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task It_is_json_that_caches_and_any_tool_on_the_web_may_read()
    {
        _served.Status.Should().Be(200);
        _served.Response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        _served.Header("Cache-Control").Should().Be("public, max-age=300");
        _served.Header("Access-Control-Allow-Origin").Should().Be("*");
        _served.Header("Vary").Should().Contain("Accept-Encoding");
        (await _server.AskAsync(HttpMethod.Get, "/openapi/v1.json", null, ("If-None-Match", _served.Header("ETag")!))).Status
            .Should().Be(304);
        ((string)_served.Json!["openapi"]!).Should().StartWith("3.1.");
    }

    [Fact]
    public void It_has_every_route_and_no_other()
    {
        var endpoints = _server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(route => (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(
                method => $"{method} /{route.RoutePattern.RawText!.Trim('/')}")).ToHashSet();
        // HEAD is GET without a body: it is not told of twice.
        var heads = endpoints.Where(route => route.StartsWith("HEAD ", StringComparison.Ordinal)).ToList();
        heads.Should().OnlyContain(route => endpoints.Contains(route.Replace("HEAD", "GET", StringComparison.Ordinal)));

        _document.Operations.Select(operation => operation.Route).Should().BeEquivalentTo(endpoints.Except(heads));
    }

    [Fact]
    public void It_is_whole()
    {
        _document.Loose().Should().BeEmpty();
        _document.Operations.Select(each => each.Operation).Distinct().Select(each => (string)each["operationId"]!)
            .Should().OnlyHaveUniqueItems();
        foreach (var (route, operation) in _document.Operations)
        {
            var named = System.Text.RegularExpressions.Regex.Matches(route, @"\{(\w+)\}").Select(match => match.Groups[1].Value);
            var described = operation["parameters"]?.AsArray().Where(each => (string)each!["in"]! == "path").Select(
                each => (string)each!["name"]!) ?? [];
            described.Should().BeEquivalentTo(named, route);
            operation["security"].Should().NotBeNull("{0} says who may call it", route);
        }
    }

    [Fact]
    public async Task Visitors_are_answered_as_it_says()
    {
        var (faults, ann) = (new List<string>(), await _server.VisitorAsync());
        var mia = await _server.AdminAsync();

        await HearAsync("GET", "");
        await HearAsync("POST", "/messages", 201, new { content = "Hello", client_id = "one" });
        await HearAsync("POST", "/messages", 200, new { content = "Hello", client_id = "one" });
        await HearAsync("POST", "/messages", 409, new { content = "Other", client_id = "one" });
        await HearAsync("POST", "/messages", 422, new { content = " " });
        await HearAsync("POST", "/messages", 413, new { content = new string('x', 70_000) });
        await FilesAsync();
        await mia.ReplyAsync(ann.ChatId, "Good morning");
        await HearAsync("GET", "/messages", 200, null, "?after=0");
        await HearAsync("GET", "/messages", 400, null, "?limit=0");
        await HearAsync("PATCH", "/mark_read");
        await HearAsync("POST", "/identify", 200, new { name = "Ann", email = "ann@example.com" });
        await HearAsync("POST", "/identify", 403, new { token = "x.y.z" });
        await HearAsync("GET", "");
        await HearAsync("POST", "/open", 401, new { key = "wrong" });
        await HearAsync("GET", "/messages", 200, null, "?changed_since=2026-11-22T00:00:00Z");
        await HearAsync("POST", "/rating", 409, new { score = "good" });
        await mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Rating:Enabled"] = "true" });
        await mia.PostAsync($"/chats/{ann.ChatId}/archive");
        await HearAsync("GET", "");
        await HearAsync("POST", "/rating", 400, new { score = "great" });
        await HearAsync("POST", "/rating", 200, new { score = "good", comment = "Fast" });
        await HearAsync("DELETE", "/session", 204);
        await HearAsync("GET", "", 401);
        await HearAsync("GET", "/messages", 401);
        ann.Token = "";
        await HearAsync("GET", "");

        faults.Should().BeEmpty();

        async Task FilesAsync()
        {
            var uploaded = await HearAsync("POST", "/attachments", 201, new ByteArrayContent(FileSamples.Png()), "?name=a.png");
            await HearAsync("POST", "/attachments", 415, new ByteArrayContent(FileSamples.Png()), "?name=a.exe");
            await HearAsync("POST", "/attachments", 422, new ByteArrayContent([]));
            var ids = new[] { (string)uploaded.Json!["id"]! };
            await HearAsync("POST", "/messages", 201, new { content = "", attachment_ids = ids });
            await HearAsync("POST", "/messages", 422, new { content = "", attachment_ids = ids });
            var file = await _server.AskAsync(HttpMethod.Get, (string)uploaded.Json["url"]!);
            file.Status.Should().Be(200);
            faults.AddRange(_document.Faults("GET /files/{id}/{name}", file));
            faults.AddRange(_document.Faults("GET /files/{id}/{name}", await _server.AskAsync(HttpMethod.Get, "/files/x/y")));
        }

        async Task<Reply> HearAsync(string method, string path, int status = 200, object? body = null, string query = "")
        {
            var reply = await ann.RequestAsync(new HttpMethod(method), path + query, body);
            reply.Status.Should().Be(status, "{0} {1}: {2}", method, path, reply.Text);
            faults.AddRange(_document.Faults($"{method} /support_chat{path}", reply));
            return reply;
        }
    }

    [Fact]
    public async Task Admins_are_answered_as_it_says()
    {
        var (faults, setUp) = (new List<string>(), _server.SetupToken!);
        var mia = new Admin(_server, "mia@example.com");
        await HearAsync("POST", "/login", 401, new { email = "mia@example.com", password = "wrong" });
        await HearAsync("POST", "/setup", 403, new { token = "wrong" });
        await HearAsync("POST", "/password/forgot", 204, new { email = "mia@example.com" });
        await HearAsync("POST", "/password/reset", 400, new { token = "wrong", password = "short" });
        await HearAsync("POST", "/password/reset", 403, new { token = "wrong", password = Admin.Password });
        await HearAsync("GET", "/chats", 401);
        await mia.SetUpAsync(setUp, "Mia");
        await HearAsync("POST", "/login", 200, new { email = "mia@example.com", password = Admin.Password });
        var ann = await _server.VisitorAsync();
        await ann.PostAsync("Where is my parcel?");
        await ann.PostAsync("It was sent on Monday.");

        await HearAsync("GET", "/me");
        await HearAsync("GET", "/counts");
        await HearAsync("GET", "/presence");
        await HearAsync("GET", "/chats");
        await HearAsync("GET", "/chats", 200, null, "", "?q=parcel");
        await HearAsync("GET", "/chats", 400, null, "", "?cursor=x");
        await using (await mia.JoinAsync(ann.ChatId))
            await HearAsync("GET", "/chats/{id}", 200, null, ann.ChatId);
        await HearAsync("GET", "/chats/{id}", 404, null, Absent);
        await HearAsync("POST", "/chats/{id}/messages", 201, new { content = "Today", client_id = "a" }, ann.ChatId);
        await HearAsync("POST", "/chats/{id}/messages", 200, new { content = "Today", client_id = "a" }, ann.ChatId);
        await HearAsync("POST", "/chats/{id}/attachments", 201, new ByteArrayContent(FileSamples.Png()), ann.ChatId, "?name=a.png");
        await HearAsync("POST", "/chats/{id}/attachments", 404, new ByteArrayContent(FileSamples.Png()), Absent, "?name=a.png");
        await HearAsync("POST", "/chats/{id}/archive", 200, null, ann.ChatId);
        await HearAsync("POST", "/chats/{id}/unarchive", 200, null, ann.ChatId);
        await HearAsync("POST", "/chats/{id}/unread", 200, null, ann.ChatId);
        await HearAsync("POST", "/chats/{id}/unread", 404, null, Absent);
        await HearAsync("GET", "/chats", 200, null, "", "?unanswered=true");
        var answer = await HearAsync("POST", "/chats/{id}/messages", 201, new { content = "Tomorow" }, ann.ChatId);
        var mended = "/chats/{id}/messages/" + (string)answer.Json!["id"]!;
        await HearAsync("PATCH", mended, 200, new { content = "Tomorrow" }, ann.ChatId);
        await HearAsync("DELETE", mended, 200, null, ann.ChatId);
        await HearAsync("DELETE", mended, 409, null, ann.ChatId);
        await HearAsync("PATCH", "/chats/{id}/messages/x", 404, new { content = "x" }, ann.ChatId);
        await HearAsync("POST", "/chats/{id}/snooze", 400, new { until = "x" }, ann.ChatId);
        await HearAsync("POST", "/chats/{id}/snooze", 404, new { until = "2026-12-01T00:00:00Z" }, Absent);
        await HearAsync("POST", "/chats/{id}/snooze", 200, new { until = "2026-12-01T00:00:00Z" }, ann.ChatId);
        await HearAsync("POST", "/chats/{id}/unsnooze", 200, null, ann.ChatId);
        await HearAsync("PUT", "/chats/{id}/tags", 200, (string[])["parcel"], ann.ChatId);
        await HearAsync("PUT", "/chats/{id}/assignee", 200, new { admin_id = mia.Id }, ann.ChatId);
        var note = await HearAsync("POST", "/chats/{id}/notes", 201, new { content = "Call the post" }, ann.ChatId);
        await HearAsync("GET", "/chats/{id}", 200, null, ann.ChatId);
        await HearAsync("GET", "/chats", 200, null, "", "?tag=parcel&assignee=me");
        await HearAsync("GET", "/tags");
        await HearAsync("GET", "/chats/{id}/transcript", 200, null, ann.ChatId);
        await HearAsync("GET", "/chats/{id}/transcript", 200, null, ann.ChatId, "?format=txt");
        await HearAsync("GET", "/chats/{id}/transcript", 400, null, ann.ChatId, "?format=pdf");
        await HearAsync("GET", "/numbers");
        await HearAsync("GET", "/numbers", 400, null, "", "?days=8");
        await HearAsync("GET", "/users/{id}/export", 200, null, ann.UserId);
        await HearAsync("GET", "/users/{id}/export", 200, null, ann.UserId, "?for=user");
        await HearAsync("DELETE", "/notes/{id}", 204, null, (string)note.Json!["id"]!);
        await HearAsync("PATCH", "/me", 200, new { name = "Mia M." });
        await HearAsync("PATCH", "/me", 403, new { email = "new@example.com" });
        await HearAsync("POST", "/totp/confirm", 409, new { code = "000000" });
        await HearAsync("POST", "/totp");
        await HearAsync("POST", "/totp/confirm", 400, new { code = "000000" });
        await HearAsync("DELETE", "/totp", 403, new { password = "wrong" });
        await HearAsync("DELETE", "/totp", 204, new { password = Admin.Password });
        await HearAsync("POST", "/admins/invite", 409, new { email = "mia@example.com" });
        await HearAsync("POST", "/admins/invite", 200, new { email = "eva@example.com" });
        await HearAsync("POST", "/admins/accept", 403, new { token = "x", password = Admin.Password });
        await HearAsync("PATCH", "/users/{id}", 204, new { name = "Ann" }, ann.UserId);
        await HearAsync("GET", "/users/{id}/export", 200, null, ann.UserId);
        await HearAsync("POST", "/users/{id}/block", 204, null, ann.UserId);
        await HearAsync("POST", "/users/{id}/unblock", 204, null, ann.UserId);
        var reply = await HearAsync("POST", "/canned_replies", 201, new { shortcut = "hi", content = "Hello!" });
        await HearAsync("POST", "/canned_replies", 409, new { shortcut = "hi", content = "Hello!" });
        await HearAsync("GET", "/canned_replies");
        await HearAsync("PUT", "/canned_replies/{id}", 200, new { shortcut = "hi", content = "Hi!" }, (string)reply.Json!["id"]!);
        await HearAsync("DELETE", "/canned_replies/{id}", 204, null, (string)reply.Json!["id"]!);
        await WebhooksAsync();
        var token = await HearAsync("POST", "/tokens", 201, new { name = "Robo" });
        await HearAsync("POST", "/tokens", 400, new { name = " " });
        await HearAsync("GET", "/tokens");
        await HearAsync("DELETE", "/tokens/{id}", 204, null, (string)token.Json!["id"]!);
        await HearAsync("DELETE", "/tokens/{id}", 404, null, Absent);
        await HearAsync("GET", "/settings");
        await HearAsync("PATCH", "/settings", 200, new Dictionary<string, string> { ["Widget:Title"] = "Ask us" });
        await HearAsync("PATCH", "/settings", 400, new Dictionary<string, string> { ["Limits:Sockets"] = "1" });
        await HearAsync("POST", "/settings/test_mail", 409);
        await HearAsync("GET", "/mail");
        await HearAsync("DELETE", "/mail/silent/{address}", 404);
        var leo = await HearAsync("POST", "/admins", 201, new { email = "leo@example.com", password = Admin.Password });
        await HearAsync("GET", "/admins");
        await HearAsync("DELETE", "/admins/{id}", 204, null, (string)leo.Json!["id"]!);
        await HearAsync("DELETE", "/admins/{id}", 409, null, mia.Id);
        await HearAsync("DELETE", "/users/{id}", 204, null, ann.UserId);
        await HearAsync("POST", "/password", 403, new { current_password = "wrong", password = "correct horse battery 2" });
        await HearAsync("POST", "/logout", 204);

        faults.Should().BeEmpty();

        async Task WebhooksAsync()
        {
            string[] events = ["message.created"];
            var hook = await HearAsync("POST", "/webhooks", 201, new { url = "https://localhost:9/", events });
            await HearAsync("POST", "/webhooks", 400, new { url = "https://127.0.0.1/", events });
            var id = (string)hook.Json!["id"]!;
            await HearAsync("GET", "/webhooks");
            await HearAsync("PATCH", "/webhooks/{id}", 200, new { include_own = true }, id);
            await HearAsync("POST", "/webhooks/{id}/secret", 200, null, id);
            await HearAsync("POST", "/webhooks/{id}/test", 200, null, id);
            var asked = await _server.VisitorAsync();
            await asked.PostAsync("Hello");
            var told = await HearAsync("GET", "/webhooks/{id}/deliveries", 200, null, id);
            (await mia.PostAsync($"/webhooks/{id}/deliveries/{told.Json![0]!["id"]}/resend")).Status.Should().Be(202);
            await HearAsync("DELETE", "/webhooks/{id}", 204, null, id);
            await HearAsync("GET", "/webhooks/{id}/deliveries", 404, null, id);
            await mia.RequestAsync(HttpMethod.Delete, "/users/" + asked.UserId);
        }

        async Task<Reply> HearAsync(string method, string path, int status = 200, object? body = null, string id = "", string query = "")
        {
            var answer = await mia.RequestAsync(new HttpMethod(method), path.Replace("{id}", id, StringComparison.Ordinal) + query, body);
            answer.Status.Should().Be(status, "{0} {1}: {2}", method, path, answer.Text);
            var route = System.Text.RegularExpressions.Regex.Replace(path, "(?<=/messages/).+", "{mid}");
            faults.AddRange(_document.Faults($"{method} /admin{route}", answer));
            return answer;
        }
    }

    [Fact]
    public async Task Everything_else_is_answered_as_it_says()
    {
        var faults = new List<string>();
        foreach (var path in (string[])[
            "/", "/chat", "/admin", "/widget.js", "/admin.webmanifest", "/admin/worker.js", "/icons/icon-192.png", "/openapi/v1.json",
            "/healthz", "/metrics", "/unsubscribe", "/ws/chat", "/ws/admin",
            "/cable", "/socket.io", "/admin/events", "/support_chat/events"])
            faults.AddRange(_document.Faults("GET " + path, await _server.AskAsync(HttpMethod.Get, path)));

        faults.Should().BeEmpty();
    }

    [Fact]
    public async Task Sockets_speak_as_it_says()
    {
        var ann = await _server.VisitorAsync();
        var mia = await _server.AdminAsync();
        await ann.PostAsync("Before");
        await using var dashboard = await Conversation.OpenAsync(_server.Socket("/ws/admin"), _server.Origin, mia.Cookie);
        await using var chat = await Conversation.OpenAsync(_server.Socket("/ws/chat"), Visitor.Website);
        await chat.SayAsync(new { action = "auth", token = ann.Token, after = 0 });
        var seen =
            new List<JsonNode> { await chat.HearAsync("ready"), await chat.HearAsync("new_message"), await dashboard.HearAsync("ready") };

        await chat.SayAsync(new { action = "send_message", content = "Now", client_id = "one" });
        seen.Add(await chat.HearAsync("new_message"));
        seen.Add(await dashboard.HearAsync("new_user_message"));
        seen.Add(await dashboard.HearAsync("chat_updated"));
        await chat.SayAsync(new { action = "send_message", content = " ", client_id = "two" });
        seen.Add(await chat.HearAsync("error"));
        await chat.SayAsync(new { action = "ping" });
        seen.Add(await chat.HearAsync("pong"));
        await using (var open = await mia.JoinAsync(ann.ChatId))
        {
            seen.Add(await dashboard.HearAsync("viewing"));
            await open.SayAsync(new { action = "typing" });
            seen.Add(await chat.HearAsync("typing"));
            await open.SayAsync(new { action = "mark_read" });
            seen.Add(await chat.HearAsync("read"));
        }

        var note = await mia.PostAsync($"/chats/{ann.ChatId}/notes", new { content = "Call back" });
        seen.Add(await dashboard.HearAsync("note"));
        await mia.RequestAsync(HttpMethod.Delete, "/notes/" + note.Json!["id"]);
        seen.Add(await dashboard.HearAsync("note_deleted"));
        var reply = await mia.ReplyAsync(ann.ChatId, "Hello");
        await mia.RequestAsync(HttpMethod.Delete, $"/chats/{ann.ChatId}/messages/{reply.Json!["id"]}");
        seen.Add(await chat.HearAsync("message_updated"));
        await mia.RequestAsync(
            HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Rating:Enabled"] = "true", ["Widget:Title"] = "Ask us" });
        seen.Add(await chat.HearAsync("settings"));
        await mia.PostAsync($"/chats/{ann.ChatId}/archive");
        seen.Add(await chat.HearAsync("rating"));
        await mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Presence"] = "away" });
        seen.Add(await dashboard.HearAsync("admin_presence"));
        await mia.RequestAsync(HttpMethod.Delete, "/users/" + ann.UserId);
        seen.Add(await dashboard.HearAsync("chat_deleted"));

        seen.SelectMany(frame => _document.Faults("ServerFrame", frame).Select(fault => $"{frame.ToJsonString()}: {fault}"))
            .Should().BeEmpty();
    }

    [Fact]
    public void A_property_too_many_or_too_few_is_noticed()
    {
        var message = new JsonObject
        {
            ["id"] = Absent,
            ["seq"] = 1,
            ["client_id"] = null,
            ["content"] = "Hi",
            ["sender_type"] = "user",
            ["sender_name"] = null,
            ["read_at"] = null,
            ["created_at"] = "2026-11-22T09:19:49.414Z",
            ["attachments"] = new JsonArray(),
            ["via"] = "chat",
            ["edited_at"] = null,
            ["deleted_at"] = null,
        };
        _document.Faults("SupportMessage", message).Should().BeEmpty();

        foreach (var (name, value) in ((string, JsonNode?)[])[
            ("extra", 1), ("seq", "1"), ("sender_type", "bot"), ("created_at", "2026-11-22 09:19"), ("id", "7"), ("content", null)])
        {
            var other = message.DeepClone().AsObject();
            other[name] = value;
            _document.Faults("SupportMessage", other).Should().ContainSingle(name);
        }

        foreach (var (name, _) in message)
        {
            var less = message.DeepClone().AsObject();
            less.Remove(name);
            _document.Faults("SupportMessage", less).Should().ContainSingle(name);
        }
    }
}
