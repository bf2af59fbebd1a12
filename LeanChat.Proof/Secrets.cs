using System.Text;
using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>What must not be written down anywhere, and what must not be left over.</summary>
internal static class Secrets
{
    public static readonly Claim Claim = new(
        "secrets",
        "No token, password, address or message stands in the log, in /metrics or, but for the last two, in the clear in the database",
        TryAsync,
        new Defect("says-its-token", "a client says its token aloud as a message", IsQuick: true));

    public static readonly Claim Erasure = new(
        "erasure", "Of somebody who is erased nothing is left in any file", EraseAsync,
        new Defect("said-by-another", "another person has said the same", IsQuick: true));

    private static async Task TryAsync(Trial trial)
    {
        const string identity = "identity-secret-of-at-least-thirty-two";
        const string smtp = "smtp-password-Zq81";
        const string password = "pass word Kw93 battery";
        await using var server = new Server([
            .. Server.Unlimited, "IdentitySecret=" + identity, "Mail:Smtp:Host=127.0.0.1", "Mail:Smtp:Port=1", "Mail:Smtp:User=post",
            "Mail:Smtp:Password=" + smtp, "Mail:From=post@shop.example", "Mail:OwnerDelay=00:00:01", "Mail:Delay=00:00:01"]);
        await server.StartAsync();
        var setup = await server.SetupTokenAsync();
        var admin = await server.SetUpAsync("mia.markt@example.com", password);
        var (token, chatId, _) = await server.ArriveAsync();
        const string text = "Xylophon-Marker-4711";
        const string email = "visitor.marker@example.org";
        await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", token, new JsonObject { ["content"] = text });
        await server.AsUserAsync(
            HttpMethod.Post, "/support_chat/identify", token, new JsonObject { ["email"] = email, ["name"] = "Marker Name 4712" });
        var signed = Identity.Sign(identity, "sub-marker", "signed.marker@example.org", "S");
        // Who is known by a signature gets a new token; the one before stays a secret all the same.
        var (anonymous, entered) = (
            token, await server.AsUserAsync(HttpMethod.Post, "/support_chat/identify", token, new JsonObject { ["token"] = signed }));
        (token, chatId) = ((string?)entered.Json!["token"] ?? token, (string)entered.Json["id"]!);
        await server.AsUserAsync(HttpMethod.Post, "/support_chat/identify", token, new JsonObject { ["token"] = signed + "x" });
        await server.AsUserAsync(HttpMethod.Get, "/support_chat/messages?after=x&token=" + token, "wrong" + token);
        await server.AsAdminAsync(
            HttpMethod.Post,
            "/admin/login",
            null,
            new JsonObject { ["email"] = "mia.markt@example.com", ["password"] = password + " wrong" });
        await server.AsAdminAsync(
            HttpMethod.Post, "/admin/login", null, new JsonObject { ["email"] = "mia.markt@example.com", ["password"] = password });
        await server.AsAdminAsync(
            HttpMethod.Post, $"/admin/chats/{chatId}/messages", admin, new JsonObject { ["content"] = "Antwort-Marker-4713" });
        await server.AsAdminAsync(HttpMethod.Post, "/admin/settings/test_mail", admin);
        await server.AskAsync(HttpMethod.Get, "/nowhere/" + token);
        using (var line = await Line.JoinAsync(server.Port, token))
        {
            trial.Check(await line.HearAsync("ready") is not null, "The user of the trial was not let in: it proves nothing.");
            await line.SendAsync(Line.TextFrame("{\"action\":\"send_message\",\"content\":{\"" + text + "\":1}}"));
            await line.SendAsync(Line.TextFrame(text));
            await line.SendAsync(Line.Frame(Line.Binary, Encoding.ASCII.GetBytes(text)));
            await line.ClosedAsync();
        }

        if (trial.Has("says-its-token"))
            await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", token, new JsonObject { ["content"] = token });
        // Letters that cannot be sent are told in the log, too.
        await Task.Delay(trial.Of(1500, 4000));
        var metrics = (await server.AskAsync(HttpMethod.Get, "/metrics")).Text;
        var disk = OnDisk(server);
        // The set-up link is printed on purpose, once, before anybody could have used it.
        var log = server.Said.Replace($"/admin#setup={setup}", "", StringComparison.Ordinal);
        (string What, string Value)[] secrets =
        [
            ("a user's token", token), ("a token of before", anonymous), ("an admin's token", admin), ("the set-up token", setup),
            ("a password", password), ("the identity secret", identity), ("the mail password", smtp), ("a signed identity", signed),
        ];
        (string What, string Value)[] told =
        [
            ("a message", text), ("an answer", "Antwort-Marker-4713"), ("an address", email),
            ("a signed address", "signed.marker@example.org"), ("an admin's address", "mia.markt@example.com"),
            ("a name", "Marker Name 4712"),
        ];
        foreach (var (what, value) in secrets.Concat(told))
        {
            trial.Check(!log.Contains(value, StringComparison.OrdinalIgnoreCase), $"The log holds {what}.");
            trial.Check(!metrics.Contains(value, StringComparison.OrdinalIgnoreCase), $"/metrics holds {what}.");
        }

        foreach (var (what, value) in secrets)
            trial.Check(!disk.Contains(value, StringComparison.Ordinal), $"The database holds {what} in the clear.");
        trial.Check(
            disk.Contains(text, StringComparison.Ordinal), "The database does not hold the message either: the search proves nothing.");
        trial.Figure("secrets looked for", secrets.Length + told.Length);
        trial.Figure("bytes searched", log.Length + metrics.Length + disk.Length);
    }

    private static async Task EraseAsync(Trial trial)
    {
        await using var server = new Server(Server.Unlimited);
        await server.StartAsync();
        var admin = await server.SetUpAsync();
        var (left, found) = (0, 0L);
        for (var person = 0; person < trial.Of(5, 100); person++)
        {
            var mark = $"quux{person:000}zebra";
            var (token, chatId, userId) = await server.ArriveAsync();
            var (other, _, _) = await server.ArriveAsync();
            await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", other, new JsonObject { ["content"] = "somebody else" });
            await server.AsUserAsync(
                HttpMethod.Post, "/support_chat/identify", token, new JsonObject { ["email"] = mark + "@example.com", ["name"] = mark });
            using (var line = await Line.JoinAsync(server.Port, token))
            {
                await line.HearAsync("ready");
                await line.SayAsync(new JsonObject
                {
                    ["action"] = "page",
                    ["url"] = "https://shop.example/" + mark,
                    ["title"] = mark,
                    ["referrer"] = "https://r.example/" + mark,
                });
                for (var each = 0; each < 30; each++)
                    await line.SayAsync(Line.Message($"{mark} said {each} {new string((char)('a' + each % 26), 300)}", mark + each));
                while ((long)(await line.HearAsync("new_message"))!["message"]!["seq"]! < 30)
                {
                }
            }

            await server.AsAdminAsync(
                HttpMethod.Post, $"/admin/chats/{chatId}/messages", admin, new JsonObject { ["content"] = "Dear " + mark });
            await server.AsAdminAsync(HttpMethod.Get, $"/admin/chats?q={mark}", admin);
            found += OnDisk(server).Contains(mark, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            if (trial.Has("said-by-another"))
                await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", other, new JsonObject { ["content"] = mark });
            var erased = await server.AsAdminAsync(HttpMethod.Delete, "/admin/users/" + userId, admin);
            trial.Check(erased.Status is 200 or 204, $"Erasing was answered with {erased.Status}.");
            // What a reader holds up leaves the log a moment later.
            var gone = false;
            for (var tries = 0; tries < 20 && !gone; tries++)
            {
                gone = !OnDisk(server).Contains(mark, StringComparison.OrdinalIgnoreCase);
                if (!gone)
                    await Task.Delay(100);
            }

            left += trial.Check(gone, $"Something of {mark} is left on disk.") ? 0 : 1;
        }

        trial.Check(found > 0, "Nothing was on disk before either: the search proves nothing.");
        trial.Figure("people erased", trial.Of(5, 100));
        trial.Figure("left something", left);
    }

    private static string OnDisk(Server server) =>
        string.Concat(Directory.GetFiles(server.Data).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Select(file =>
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        open.CopyTo(bytes);
        return Encoding.Latin1.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }));
}
