using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>Letters on their way when the server dies, and mail servers that are not who they say.</summary>
internal static class Letters
{
    public static readonly Claim Claim = new(
        "letters",
        "Killed at any step of sending, it loses no letter, and sends one "
        + "twice only from the end of its text on, under the same Message-ID",
        KilledAsync,
        new Defect("forgets", "the mail server accepts a letter and throws it away"),
        new Defect("fresh-ids", "a letter comes under another Message-ID the second time"));

    public static readonly Claim Secured = new(
        "mail-tls",
        "Over STARTTLS letters go to a mail server with a trusted certificate in its own name, and to no other, nor in the clear",
        SecuredAsync,
        new Defect("trusts-anybody", "the certificate of a strange one is trusted as well"),
        new Defect("right-name", "the certificate for another name is for the right one after all"),
        new Defect("offered", "nobody takes the offer of STARTTLS away"));

    /// <summary>Who gets letters of another kind meanwhile.</summary>
    private const string Owner = "mia@example.com";

    private static readonly string[] Steps = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "END", "SENT", "QUIT"];

    /// <summary>More than the time after which a letter that was tried is due again.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static async Task KilledAsync(Trial trial)
    {
        if (!Shadow.IsPossible)
        {
            trial.Skip("no C compiler");
            return;
        }

        using var post = new Post();
        await using var server = new Server([.. Server.Unlimited, .. post.Settings, "Mail:MostPerHour=0"]);
        using var shadow = new Shadow(server);
        shadow.Begin();
        await server.StartAsync();
        var admin = await server.SetUpAsync(Owner);
        var (kills, lost, doubled) = (0, 0, 0);
        for (var round = 0; round < trial.Of(1, 25) && !trial.IsSettled; round++)
        {
            foreach (var step in Steps)
            {
                var address = $"{step.ToLowerInvariant()}{round}@example.com";
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                post.At = now =>
                {
                    if (now != step || !reached.TrySetResult())
                        return true;
                    server.Kill();
                    return false;
                };
                await WriteAsync(server, admin, address);
                if (!trial.Check(
                    await Task.WhenAny(reached.Task, Task.Delay(Patience)) == reached.Task, $"No letter came as far as {step}."))
                    return;
                kills++;
                post.At = static _ => true;
                await server.EndedAsync(Patience);

                // By its own clock some time has gone when it is started again.
                shadow.Clock = Later * kills;
                await server.StartAsync();
                var whole = await SettledAsync(server, admin, address);
                var got = trial.Has("forgets") ? [] : post.Letters.Where(letter => letter.To == address).Select(
                    (letter, count) => letter.Id + (trial.Has("fresh-ids") ? count : "")).ToList();
                lost += trial.Check(whole && got.Count > 0, $"Killed at {step}, the letter was lost.") ? 0 : 1;
                doubled += got.Count > 1 ? 1 : 0;
                trial.Check(
                    got.Count <= (step is "END" or "SENT" or "QUIT" ? 2 : 1), $"Killed at {step}, the letter came {got.Count} times.");
                trial.Check(got.Distinct().Count() <= 1, $"Killed at {step}, the letter came under {got.Distinct().Count()} names.");
            }
        }

        // Once more at the end: none came again later.
        foreach (var copies in post.Letters.Where(letter => letter.To != Owner).GroupBy(letter => letter.To))
        {
            trial.Check(copies.Count() <= 2, $"To {copies.Key} the letter came {copies.Count()} times in the end.");
            trial.Check(
                copies.Select(letter => letter.Id).Distinct().Count() == 1 && copies.First().Id.Length > 0,
                $"The letters to {copies.Key} have no name, or two.");
        }

        trial.Figure("kills", kills);
        trial.Figure("letters lost", lost);
        trial.Figure("letters twice, under one Message-ID", doubled);
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
    }

    private static async Task SecuredAsync(Trial trial)
    {
        using var trusted = new Post("localhost");
        using var strange = new Post("localhost");
        using var misnamed = new Post(trial.Has("right-name") ? "localhost" : "elsewhere.example");
        using var stripped = new Post("localhost", stripped: !trial.Has("offered"));
        var folder = Directory.CreateTempSubdirectory("leanchat-proof-");
        try
        {
            var bundle = Path.Combine(folder.FullName, "trusted.pem");
            await File.WriteAllTextAsync(bundle, string.Join(
                '\n',
                ((Post[])(trial.Has("trusts-anybody") ? [trusted, misnamed, stripped, strange] : [trusted, misnamed, stripped]))
                    .Select(post => post.Certificate!.ExportCertificatePem())));
            var sent = 0;
            foreach (var post in (Post[])[trusted, strange, misnamed, stripped])
            {
                await using var server = new Server([.. Server.Unlimited, .. post.Settings]);
                server.Environment["SSL_CERT_FILE"] = bundle;
                var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                post.At = step => step != "STARTTLS" || tried.TrySetResult() || true;
                await server.StartAsync();
                var admin = await server.SetUpAsync();
                await WriteAsync(server, admin, "ann@example.com");
                if (post != stripped)
                {
                    await Task.WhenAny(tried.Task, Task.Delay(Patience));
                    trial.Check(tried.Task.IsCompleted, "It did not ask for STARTTLS.");
                }

                if (post == trusted)
                    trial.Check(await SettledAsync(server, admin, "ann@example.com"), "No letter went to the mail server that is trusted.");
                else
                    trial.Check(await RefusedAsync(server), "It did not say that the e-mail was not sent.");
                sent += post.Letters.Count;
                trial.Check(post.Letters.All(letter => letter.Secured), "A letter went in the clear.");
                trial.Check(
                    post == trusted || post.Letters.IsEmpty,
                    post == stripped ? "A letter went where no STARTTLS was offered."
                        : post == misnamed ? "A letter went to a mail server with somebody else's name."
                        : "A letter went to a mail server that nobody vouches for.");
            }

            trial.Figure("letters sent", sent);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Until the server says that a letter was not sent; false when that does not come.</summary>
    private static async Task<bool> RefusedAsync(Server server)
    {
        for (var until = DateTime.UtcNow + Patience; DateTime.UtcNow < until; await Task.Delay(20))
        {
            if (server.Said.Contains("e-mail was not sent", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>Somebody with this address asks, and is answered when they have gone.</summary>
    public static async Task WriteAsync(Server server, string admin, string address)
    {
        var (token, chatId, _) = await server.ArriveAsync();
        await server.AsUserAsync(HttpMethod.Post, "/support_chat/identify", token, new JsonObject { ["email"] = address });
        await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", token, new JsonObject { ["content"] = "Is anybody there?" });
        await server.AsAdminAsync(HttpMethod.Post, $"/admin/chats/{chatId}/messages", admin, new JsonObject { ["content"] = "Yes." });
    }

    /// <summary>Until the server takes the letter for sent; false when that does not come.</summary>
    private static async Task<bool> SettledAsync(Server server, string admin, string address)
    {
        for (var until = DateTime.UtcNow + Patience; DateTime.UtcNow < until; await Task.Delay(20))
        {
            var found = await server.AsAdminAsync(HttpMethod.Get, "/admin/chats?q=" + Uri.EscapeDataString(address), admin);
            if (found.Json is JsonArray { Count: > 0 } chats)
            {
                var chat = await server.AsAdminAsync(HttpMethod.Get, $"/admin/chats/{(string)chats[0]!["id"]!}", admin);
                if (chat.Json?["letters"] is JsonArray letters && letters.Any(letter => (string?)letter!["state"] == "sent"))
                    return true;
            }
        }

        return false;
    }
}
