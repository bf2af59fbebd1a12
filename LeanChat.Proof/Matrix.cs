using System.Text.Json.Nodes;
using LeanChat.People;
using LeanChat.Web;

namespace LeanChat.Proof;

/// <summary>Who may do what: every action × everybody × every target, over HTTP and over WebSocket, equal cell by cell.</summary>
internal static class Matrix
{
    private const string Absent = "01890000-0000-7000-8000-000000000000";
    private const string Secret = "a secret of at least thirty-two bytes";

    /// <summary>A device that may be registered and is never reached: its address is private. The keys are those of RFC 8291.</summary>
    private const string Device =
        """
        {"endpoint":"https://localhost:9/SHORT","keys":{"auth":"BTBZMqHH6r4Tts7J_aSIgg",
        "p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}}
        """;

    public static readonly Claim Claim = new(
        "matrix", "Everybody may do what is theirs and nothing else, the same over HTTP and WebSocket", TryAsync,
        new Defect("open-door", "somebody without a session carries an admin's cookie"),
        new Defect("mixed-up", "one user carries another's token"));

    /// <summary>Every route of the admin's side: method, path below the prefix, body, what kind of thing it names, and what
    /// a permitted call answers.</summary>
    public static readonly (string Method, string Path, string? Body, string Names, int Done)[] AdminRoutes =
    [
        ("GET", "/me", null, "", 200), ("GET", "/admins", null, "", 200), ("GET", "/counts", null, "", 200),
        ("GET", "/presence", null, "", 200), ("GET", "/events", null, "", 200),
        ("GET", "/chats", null, "", 200), ("GET", "/canned_replies", null, "", 200), ("GET", "/settings", null, "", 200),
        ("POST", "/canned_replies", """{"shortcut":"SHORT","content":"x"}""", "", 201),
        ("PATCH", "/settings", """{"Widget:Title":"Hi"}""", "", 200), ("POST", "/settings/test_mail", null, "", 409),
        ("GET", "/mail", null, "", 200), ("DELETE", "/mail/silent/{address}", null, "", 404),
        ("POST", "/admins", """{"email":"EMAIL","password":"correct horse battery"}""", "", 201),
        ("POST", "/password", """{"current_password":"wrong","password":"correct horse battery 2"}""", "", 403),
        ("POST", "/logout", null, "self", 204),
        ("GET", "/chats/{id}", null, "chat", 200), ("POST", "/chats/{id}/messages", """{"content":"x"}""", "chat", 201),
        ("POST", "/chats/{id}/attachments", """{"a":"file"}""", "chat", 201),
        ("POST", "/chats/{id}/unread", null, "chat", 200),
        ("GET", "/tags", null, "", 200), ("GET", "/numbers", null, "", 200),
        ("POST", "/chats/{id}/snooze", """{"until":"SOON"}""", "chat", 200), ("POST", "/chats/{id}/unsnooze", null, "chat", 200),
        ("PUT", "/chats/{id}/tags", """["SHORT"]""", "chat", 200), ("PUT", "/chats/{id}/assignee", """{"admin_id":null}""", "chat", 200),
        ("POST", "/chats/{id}/notes", """{"content":"x"}""", "chat", 201), ("DELETE", "/notes/{id}", null, "note", 204),
        ("GET", "/chats/{id}/transcript", null, "chat", 200),
        ("PATCH", "/chats/{id}/messages/{mid}", """{"content":"x"}""", "chat", 404),
        ("DELETE", "/chats/{id}/messages/{mid}", null, "chat", 404),
        ("PATCH", "/me", """{"email":"EMAIL","current_password":"wrong"}""", "", 403), ("POST", "/totp", null, "", 200),
        ("POST", "/totp/confirm", """{"code":"wrong"}""", "", 400), ("DELETE", "/totp", """{"password":"wrong"}""", "", 403),
        ("POST", "/admins/invite", """{"email":"EMAIL"}""", "", 200),
        ("POST", "/chats/{id}/archive", null, "chat", 200), ("POST", "/chats/{id}/unarchive", null, "chat", 200),
        ("PATCH", "/users/{id}", """{"name":"N"}""", "user", 204), ("GET", "/users/{id}/export", null, "user", 200),
        ("POST", "/users/{id}/unblock", null, "user", 204), ("POST", "/users/{id}/block", null, "spare", 204),
        ("DELETE", "/users/{id}", null, "spare", 204),
        ("PUT", "/canned_replies/{id}", """{"shortcut":"SHORT","content":"y"}""", "reply", 200),
        ("DELETE", "/canned_replies/{id}", null, "reply", 204), ("DELETE", "/admins/{id}", null, "spare admin", 204),
        ("GET", "/push", null, "", 200), ("POST", "/push/devices", Device, "", 201), ("POST", "/push/test", null, "", 200),
        ("DELETE", "/push/devices/{id}", null, "device", 204),
        ("GET", "/tokens", null, "", 200), ("POST", "/tokens", """{"name":"SHORT"}""", "", 201),
        ("DELETE", "/tokens/{id}", null, "token", 204),
        ("GET", "/webhooks", null, "", 200), ("PATCH", "/webhooks/{id}", """{"include_own":true}""", "webhook", 200),
        ("POST", "/webhooks", """{"url":"https://localhost:9/","events":["chat.exploded"]}""", "", 400),
        ("DELETE", "/webhooks/{id}", null, "spare webhook", 204), ("POST", "/webhooks/{id}/secret", null, "webhook", 200),
        ("POST", "/webhooks/{id}/test", null, "webhook", 200), ("GET", "/webhooks/{id}/deliveries", null, "webhook", 200),
        ("POST", "/webhooks/{id}/deliveries/{delivery}/resend", null, "webhook", 404),
    ];

    /// <summary>Of these, what a program with an API token may call.</summary>
    private static bool IsForPrograms(string method, string path) =>
        path.StartsWith("/chats", StringComparison.Ordinal) || path.StartsWith("/notes", StringComparison.Ordinal)
        || path.StartsWith("/canned_replies", StringComparison.Ordinal) || path == "/tags" || (method == "GET" && path == "/me");

    /// <summary>Every route of the user's side.</summary>
    public static readonly (string Method, string Path, string? Body, int Done, int Otherwise)[] UserRoutes =
    [
        ("GET", "", null, 200, 401), ("GET", "/events", null, 200, 401), ("GET", "/messages", null, 200, 401),
        ("PATCH", "/mark_read", null, 200, 401),
        ("POST", "/messages", """{"content":"x"}""", 201, 401), ("POST", "/rating", """{"score":"good"}""", 409, 401),
        ("POST", "/attachments", """{"a":"file"}""", 201, 401),
        ("POST", "/identify", """{"name":"N"}""", 200, 401), ("POST", "/open", """{"key":"wrong"}""", 401, 401),
        ("DELETE", "/session", null, 204, 401),
    ];

    /// <param name="Bearer">A program's API token, which it sends with everything.</param>
    private sealed record Somebody(string Name, string? Token, string? Cookie, string? ChatId, string? UserId, string? Bearer = null)
    {
        /// <summary>A program with a token that is good, or was.</summary>
        public bool IsProgram => Bearer is not null;

        /// <summary>A program with a good token.</summary>
        public bool HasToken => Name == "API token";

        public bool IsUser => Name is "user A" or "user B" or "identified";

        public bool IsAdmin => Name == "admin";
    }

    private static async Task TryAsync(Trial trial)
    {
        await using var server = new Server([.. Server.Unlimited, "IdentitySecret=" + Secret, "Limits:LoginsPerQuarterHour=0"]);
        await server.StartAsync();
        var everybody = await GatherAsync(trial, server);
        var (a, b) = (everybody[1], everybody[2]);
        (string Name, string? Id)[] targets = [("own", null), ("another's", null), ("an absent", Absent), ("a malformed", "x'--")];
        if (trial.Has("open-door") || trial.Has("mixed-up"))
            targets = targets[..1];
        var counts = new int[3];

        foreach (var who in everybody)
        {
            foreach (var (target, fixedId) in targets)
            {
                // "Own" of somebody who has no chat is A's; another's is B's, or A's for B.
                var chat =
                    target switch { "own" => who.ChatId ?? a.ChatId!, "another's" => who == b ? a.ChatId! : b.ChatId!, _ => fixedId! };
                var exists = fixedId is null;
                await AdminCellsAsync(trial, server, everybody, who, target, chat, exists, counts);
                await SocketCellsAsync(trial, server, who, target, chat, exists, counts);
                await UserCellsAsync(trial, server, who, target, chat, counts);
            }
        }

        // Nothing crossed over, whoever tried.
        foreach (var (one, other) in ((Somebody, Somebody)[])[(a, b), (b, a)])
        {
            var said = await server.AsUserAsync(HttpMethod.Get, "/support_chat/messages?limit=200&after=0", one.Token);
            trial.Check(
                said.Text.Contains($"secret of {one.Name}", StringComparison.Ordinal)
                    && !said.Text.Contains($"secret of {other.Name}", StringComparison.Ordinal),
                $"{one.Name} reads what {other.Name} said.");
        }

        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
        trial.Figure("cells over HTTP, admin's side", counts[0]);
        trial.Figure("cells over HTTP, user's side", counts[1]);
        trial.Figure("cells over WebSocket", counts[2]);
        trial.Figure("cells", counts.Sum());
    }

    private static async Task<Somebody[]> GatherAsync(Trial trial, Server server)
    {
        var mia = await server.SetUpAsync();
        var users = new List<Somebody>();
        foreach (var name in (string[])["user A", "user B", "identified", "ended session"])
        {
            var (token, chatId, userId) = await server.ArriveAsync();
            if (name == "identified")
            {
                var entered = await server.AsUserAsync(
                    HttpMethod.Post,
                    "/support_chat/identify",
                    token,
                    new JsonObject { ["token"] = Identity.Sign(Secret, "sub-1", "ida@example.com", "Ida") });
                (token, chatId, userId) = (
                    (string?)entered.Json!["token"] ?? token, (string)entered.Json["id"]!, (string)entered.Json["user"]!["id"]!);
            }

            await server.AsUserAsync(
                HttpMethod.Post, "/support_chat/messages", token, new JsonObject { ["content"] = "secret of " + name });
            if (name == "ended session")
                await server.AsUserAsync(HttpMethod.Delete, "/support_chat/session", token);
            users.Add(new Somebody(name, token, token, name == "ended session" ? null : chatId, userId));
        }

        await server.AsAdminAsync(
            HttpMethod.Post,
            "/admin/admins",
            mia,
            new JsonObject { ["email"] = "leo@example.com", ["password"] = "correct horse battery" });
        var login = await server.AsAdminAsync(
            HttpMethod.Post,
            "/admin/login",
            null,
            new JsonObject { ["email"] = "leo@example.com", ["password"] = "correct horse battery" });
        var leo = login.Cookie("leanchat_admin")!;
        await server.AsAdminAsync(HttpMethod.Delete, "/admin/admins/" + (string)login.Json!["id"]!, mia);
        var (robo, ended) = (await MakeTokenAsync(end: false), await MakeTokenAsync(end: true));
        return
        [
            new("nobody", null, trial.Has("open-door") ? mia : null, null, null),
            users[0],
            trial.Has("mixed-up") ? users[1] with { Token = users[0].Token, Cookie = users[0].Cookie } : users[1], users[2], users[3],
            new("admin", mia, mia, null, null), new("removed admin", leo, leo, null, null),
            // An admin's cookie beside a token counts for nothing.
            new("API token", robo, mia, null, null, robo), new("ended API token", ended, mia, null, null, ended),
        ];

        async Task<string> MakeTokenAsync(bool end)
        {
            var made = await server.AsAdminAsync(HttpMethod.Post, "/admin/tokens", mia, new JsonObject { ["name"] = "Robo" });
            if (end)
                await server.AsAdminAsync(HttpMethod.Delete, "/admin/tokens/" + (string)made.Json!["id"]!, mia);
            return (string)made.Json!["token"]!;
        }
    }

    private static async Task AdminCellsAsync(
        Trial trial, Server server, Somebody[] everybody, Somebody who, string target, string chat, bool exists, int[] counts)
    {
        var mia = everybody.Single(each => each.IsAdmin).Cookie!;
        // There are at most 20.
        var webhook = await HookAsync(server, mia);
        foreach (var prefix in trial.IsLong ? (string[])["/admin", "/api/admin"] : ["/admin"])
        {
            foreach (var (method, path, body, names, done) in AdminRoutes)
            {
                // What names nothing has one target, and ending one's own session has its own story.
                if ((names.Length == 0 && target != "own") || (names == "self" && (who.IsAdmin || target != "own")))
                    continue;
                // A permitted change is tried on a thing made for it; who is not permitted tries the real ones.
                var id = !exists ? chat : (names == "note" && who.HasToken ? "own note" : names) switch
                {
                    "chat" => chat,
                    "user" => everybody.FirstOrDefault(each => each.ChatId == chat)?.UserId ?? everybody[1].UserId!,
                    "spare" => who.IsAdmin ? (await server.ArriveAsync()).UserId : everybody[1].UserId!,
                    "reply" => (string)(await server.AsAdminAsync(
                        HttpMethod.Post, "/admin/canned_replies", mia,
                        new JsonObject { ["shortcut"] = Fresh(), ["content"] = "x" })).Json!["id"]!,
                    "note" => (string)(await server.AsAdminAsync(
                        HttpMethod.Post, $"/admin/chats/{everybody[1].ChatId}/notes", mia,
                        new JsonObject { ["content"] = "x" })).Json!["id"]!,
                    "own note" => (string)(await server.AskAsync(
                        HttpMethod.Post, $"/admin/chats/{everybody[1].ChatId}/notes", new JsonObject { ["content"] = "x" },
                        ("Authorization", "Bearer " + who.Bearer))).Json!["id"]!,
                    "webhook" => webhook,
                    "spare webhook" => await HookAsync(server, mia),
                    "token" => (string)(await server.AsAdminAsync(
                        HttpMethod.Post, "/admin/tokens", mia, new JsonObject { ["name"] = "x" })).Json!["id"]!,
                    // The same each time: an admin has at most 20.
                    "device" => (string)(await server.AsAdminAsync(
                        HttpMethod.Post, "/admin/push/devices", mia, JsonNode.Parse(Device))).Json!["id"]!,
                    "spare admin" => (string)(await server.AsAdminAsync(
                        HttpMethod.Post,
                        "/admin/admins",
                        mia,
                        new JsonObject { ["email"] = Fresh() + "@example.com", ["password"] = "correct horse battery" })).Json!["id"]!,
                    _ => "",
                };
                var json = body is null ? null : JsonNode.Parse(body.Replace("SHORT", Fresh(), StringComparison.Ordinal).Replace(
                    "EMAIL", Fresh() + "@example.com", StringComparison.Ordinal).Replace(
                    "SOON", DateTimeOffset.UtcNow.AddHours(1).ToString("O"), StringComparison.Ordinal));
                var answer = await server.AskAsync(
                    new HttpMethod(method), prefix + path.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal), json,
                    [.. Headers(server, who, "leanchat_admin")]);
                var expected = who.HasToken && !IsForPrograms(method, path) ? 403
                    : !who.IsAdmin && !who.HasToken ? 401
                    : exists || names.Length == 0 ? done : 404;
                counts[0]++;
                trial.Check(
                    answer.Status == expected,
                    $"{who.Name}: {method} {prefix}{path} on {target} {names}: {answer.Status} instead of {expected}");
            }
        }
    }

    /// <summary>A webhook that is told nothing: its address is private.</summary>
    private static async Task<string> HookAsync(Server server, string mia)
    {
        var all = await server.AsAdminAsync(HttpMethod.Get, "/admin/webhooks", mia);
        foreach (var old in all.Json!.AsArray().Take(all.Json!.AsArray().Count - 2))
            await server.AsAdminAsync(HttpMethod.Delete, "/admin/webhooks/" + (string)old!["id"]!, mia);
        return (string)(await server.AsAdminAsync(
            HttpMethod.Post, "/admin/webhooks", mia,
            new JsonObject { ["url"] = "https://localhost:9/", ["events"] = new JsonArray("letter.failed") })).Json!["id"]!;
    }

    private static async Task UserCellsAsync(Trial trial, Server server, Somebody who, string target, string chat, int[] counts)
    {
        // Over HTTP there is no way to name a chat: naming one must change nothing.
        foreach (var prefix in trial.IsLong ? (string[])["/support_chat", "/api/support_chat", "/api/support-chat"] : ["/support_chat"])
        {
            foreach (var (method, path, body, done, otherwise) in UserRoutes)
            {
                if (path == "/session" && who.IsUser)
                    continue;
                foreach (var byCookie in (bool[])[false, true])
                {
                    var headers = new List<(string, string)> { ("Origin", byCookie ? server.Origin : Client.Website) };
                    if (byCookie && who.Cookie is not null)
                        headers.Add(("Cookie", "leanchat_session=" + who.Cookie));
                    if (who.IsProgram || (!byCookie && who.Token is not null))
                        headers.Add(("Authorization", "Bearer " + who.Token));
                    var answer = await server.AskAsync(
                        new HttpMethod(method), $"{prefix}{path}?chat_id={Uri.EscapeDataString(chat)}",
                        body is null ? null : JsonNode.Parse(body), [.. headers]);
                    // Whoever brings no session, or an unknown cookie, becomes a new user by asking for the chat.
                    var isNew = path.Length == 0 && !who.IsUser && !who.IsProgram && (byCookie || who.Token is null);
                    var expected = who.HasToken && path != "/open" ? 403 : who.IsUser || isNew ? done : otherwise;
                    counts[1]++;
                    trial.Check(
                        answer.Status == expected,
                        $"{who.Name}: {method} {prefix}{path} on {target} chat by "
                        + $"{(byCookie ? "cookie" : "token")}: {answer.Status} instead of {expected}");
                    if (path.Length == 0 && answer.Status == 200)
                        trial.Check(
                            isNew ? (string?)answer.Json!["token"] is not null : (string?)answer.Json!["id"] == who.ChatId,
                            $"{who.Name} got a chat that is not theirs.");
                }
            }
        }
    }

    /// <summary>What somebody sends from our own page, with their cookie under this name.</summary>
    private static IEnumerable<(string Name, string Value)> Headers(Server server, Somebody who, string cookie)
    {
        yield return ("Origin", server.Origin);
        if (who.Cookie is not null)
            yield return ("Cookie", $"{cookie}={who.Cookie}");
        if (who.Bearer is not null)
            yield return ("Authorization", "Bearer " + who.Bearer);
    }

    private static async Task SocketCellsAsync(
        Trial trial, Server server, Somebody who, string target, string chat, bool exists, int[] counts)
    {
        var query = "?chat_id=" + Uri.EscapeDataString(chat);
        var own = who.IsUser && target == "own";
        // By token after the upgrade, by cookie before it, as admin, and the dashboard's own.
        await CellAsync("joins by token", who.IsUser ? own ? "in" : "4403" : "4401", () => JoinAsync(
            server, "/ws/chat" + query, [], who.Token ?? "", null));
        var (answers, refused) = (who.IsAdmin || who.HasToken, who.IsProgram ? "401" : "403");
        var byCookie = who.IsUser ? own ? "in" : "403" : who.HasToken ? "403" : who.IsProgram ? "401" : "4408";
        await CellAsync("joins by cookie", byCookie, () => JoinAsync(
            server, "/ws/chat" + query, Cookies("leanchat_session"), null, null));
        await CellAsync("joins as admin", answers ? exists ? "in" : "404" : refused, () => JoinAsync(
            server, "/ws/chat" + query + "&as=admin", Cookies("leanchat_admin"), null, null));
        await CellAsync("watches", answers ? "in" : refused, () => JoinAsync(server, "/ws/admin", Cookies("leanchat_admin"), null, null));
        // The same in other clients' languages: the field that says who it is, and the answer that lets it in.
        var shut = who.HasToken ? "403" : who.IsProgram ? "401" : "refused";
        var (mine, theirs) = (new JsonObject { ["chat_id"] = chat, ["token"] = who.Token ?? "" }, new JsonObject { ["chat_id"] = chat });
        await CellAsync("joins ActionCable by token", own ? "in" : "refused", () => SubscribeAsync(server, [], mine, "ChatChannel"));
        await CellAsync("joins ActionCable by cookie", own ? "in" : shut, () => SubscribeAsync(
            server, Cookies("leanchat_session"), theirs, "SupportChatChannel"));
        await CellAsync("joins ActionCable as admin", who.IsAdmin && exists ? "in" : shut, () => SubscribeAsync(
            server, Cookies("leanchat_admin"), new JsonObject { ["chat_id"] = chat, ["as"] = "admin" }, "ChatChannel"));
        await CellAsync("watches by ActionCable", who.IsAdmin ? "in" : shut, () => SubscribeAsync(
            server, Cookies("leanchat_admin"), new JsonObject(), "AdminChannel"));
        await CellAsync("joins Socket.IO by token", own ? "in" : "refused", () => KnockAsync(
            server, "/socket.io/?EIO=4&transport=websocket", [], "40" + mine.ToJsonString(), "40{", "44{"));
        await CellAsync("joins Socket.IO by cookie", own ? "in" : shut, () => KnockAsync(
            server, "/socket.io/?EIO=4&transport=websocket", Cookies("leanchat_session"), "40" + theirs.ToJsonString(), "40{", "44{"));
        await CellAsync("joins Pusher by cookie", own ? "in" : shut, () => KnockAsync(
            server, "/app/key", Cookies("leanchat_session"),
            new JsonObject { ["event"] = "pusher:subscribe", ["data"] = new JsonObject { ["channel"] = "support-chat-" + chat } }
                .ToJsonString(), "subscription_succeeded", "subscription_error"));
        // Every action, where it is let in, does what it does over HTTP; where it is not, nothing.
        foreach (var (action, answer) in ((JsonObject, string)[])[
            (Line.Message("x", "m" + Fresh()), "new_message"),
            (new JsonObject { ["action"] = "mark_read" }, "read"),
            (new JsonObject { ["action"] = "typing" }, "pong"),
            (new JsonObject { ["action"] = "page", ["url"] = "https://shop.example/" }, "pong"),
            (new JsonObject { ["action"] = "dance" }, "error")])
        {
            var name = (string)action["action"]!;
            var expected = name == "mark_read" ? "read|pong" : answer;
            await CellAsync($"{name} by token", own ? expected : who.IsUser ? "4403" : "4401", () => JoinAsync(
                server, "/ws/chat" + query, [], who.Token ?? "", action));
            await CellAsync($"{name} as admin", answers ? exists ? name == "page" ? "error" : expected : "404" : refused, () => JoinAsync(
                server, "/ws/chat" + query + "&as=admin", Cookies("leanchat_admin"), null, action));
        }

        string[] Cookies(string name) => [.. Headers(server, who, name).Select(header => $"{header.Name}: {header.Value}")];

        async Task CellAsync(string what, string expected, Func<Task<string>> ask)
        {
            var seen = await ask();
            counts[2]++;
            trial.Check(
                expected.Split('|').Contains(seen) || (expected == "4408" && seen == "waits"),
                $"{who.Name} {what} on {target} chat: {seen} instead of {expected}");
        }
    }

    /// <summary>`in`, `waits` for a first frame, the refusing status, the close code, or the type of the first answer to an
    /// action.</summary>
    private static async Task<string> JoinAsync(Server server, string path, string[] headers, string? token, JsonObject? action)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var line = await Line.KnockAsync(
            server.Port, path, headers.Length > 0 ? headers : ["Origin: " + Client.Website], stop: patience.Token);
        if (line.Status != 101)
            return line.Status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (token is not null)
            await line.SayAsync(new JsonObject { ["action"] = "auth", ["token"] = token }, patience.Token);
        if (action is not null)
            await line.SayAsync(action, patience.Token);
        await line.SayAsync(new JsonObject { ["action"] = "ping" }, patience.Token);
        var ready = false;
        while (await line.HearAsync(patience.Token) is { } frame)
        {
            var type = (string)frame["type"]!;
            if (type == "ready")
                ready = true;
            else if (type == "pong" && action is null)
                return ready ? "in" : "waits";
            // Opening a chat reads it, and says so: only who marks it read is asking for that.
            else if (ready
                && action is not null
                && (type is "new_message" or "error" or "pong" || (type == "read" && (string?)action["action"] == "mark_read")))
                return type;
        }

        return line.CloseCode.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task<string> SubscribeAsync(Server server, string[] headers, JsonObject identifier, string channel)
    {
        identifier["channel"] = channel;
        var command = new JsonObject { ["command"] = "subscribe", ["identifier"] = identifier.ToJsonString() };
        return KnockAsync(server, "/cable", headers, command.ToJsonString(), "confirm_subscription", "reject_subscription");
    }

    /// <summary>Says one thing in another protocol: `in` or `refused`, whichever answer comes, or the refusing status.</summary>
    private static async Task<string> KnockAsync(Server server, string path, string[] headers, string says, string good, string bad)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var line = await Line.KnockAsync(
            server.Port, path, headers.Length > 0 ? headers : ["Origin: " + Client.Website], stop: patience.Token);
        if (line.Status != 101)
            return line.Status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await line.SendAsync(Line.TextFrame(says), patience.Token);
        while (await line.ReadAsync(patience.Token) is var (_, payload))
        {
            var text = System.Text.Encoding.UTF8.GetString(payload.Span);
            if (text.Contains(good, StringComparison.Ordinal))
                return "in";
            if (text.Contains(bad, StringComparison.Ordinal))
                return "refused";
        }

        return "closed";
    }

    private static string Fresh() => Guid.NewGuid().ToString("N")[..12];
}
