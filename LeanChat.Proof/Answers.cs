using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>Answers by e-mail while the server is killed.</summary>
internal static class Answers
{
    public static readonly Claim Claim = new(
        "answers", "Killed while it reads the mailbox, it takes every answer once, and renumbered mails are not taken again", TryAsync,
        new("forgets", "the mailbox loses a mail"),
        new("twice", "a mail comes again under another Message-ID"));

    private const int Chats = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static async Task TryAsync(Trial trial)
    {
        if (!ImapServer.IsPossible)
        {
            trial.Skip("no Dovecot");
            return;
        }

        using var post = new Post();
        await using var mailbox = await ImapServer.StartAsync();
        await using var server = new Server([.. Server.Unlimited, .. post.Settings, .. mailbox.Settings, "Mail:MostPerHour=0"]);
        await server.StartAsync();
        var admin = await server.SetUpAsync();
        for (var chat = 0; chat < Chats; chat++)
            await Letters.WriteAsync(server, admin, $"visitor{chat}@example.com");
        if (!trial.Check(await TrueAsync(() => LettersToVisitors(post).Count == Chats), "Not all letters came."))
            return;

        var letters = LettersToVisitors(post);
        var chance = trial.Chance();
        var said = new List<string>();
        var kills = trial.Of(8, 200);
        for (var each = 0; each < kills; each++)
        {
            for (var mail = 0; mail < 3; mail++)
            {
                said.Add($"answer {said.Count}");
                if (said.Count == 5 && trial.Has("forgets"))
                    continue;
                mailbox.Deliver(Answer(letters[chance.Next(Chats)], said[^1], said.Count));
                if (said.Count == 5 && trial.Has("twice"))
                    mailbox.Deliver(Answer(letters[0], said[^1], 100_000));
            }

            await Task.Delay(chance.Next(500));
            server.Kill();
            // All mails get other numbers, as after a move to another server.
            if (each % 20 == 7)
            {
                await mailbox.StopAsync();
                mailbox.Renumber();
                await mailbox.StartAgainAsync();
            }

            await server.StartAsync();
        }

        await TrueAsync(() => Stored(server).Count >= said.Count);
        await TrueAsync(() => mailbox.CountSeen() >= said.Count);
        var seen = mailbox.CountSeen();
        trial.Check(seen == said.Count || trial.Has("twice"), $"{seen} of {said.Count} mails are marked as seen.");
        server.Kill();
        var stored = Stored(server);
        var (lost, doubled) = (said.Except(stored).Count(), stored.Count - stored.Distinct().Count());
        trial.Check(lost == 0, $"{lost} answers are lost.");
        trial.Check(doubled == 0, $"{doubled} answers are stored twice.");
        trial.Figure("kills", kills);
        trial.Figure("answers", said.Count);
        trial.Figure("lost", lost);
        trial.Figure("doubled", doubled);
    }

    private static List<string> LettersToVisitors(Post post) =>
        [.. post.Letters.Where(letter => letter.To.StartsWith("visitor", StringComparison.Ordinal)).Select(letter => letter.Id).Distinct()];

    private static List<string> Stored(Server server)
    {
        using var connection = Ledger.Open(server.File);
        using var command = connection.CreateCommand();
        command.CommandText = "select content from support_messages where via = 'email'";
        using var rows = command.ExecuteReader();
        var stored = new List<string>();
        while (rows.Read())
            stored.Add(rows.GetString(0));
        return stored;
    }

    private static async Task<bool> TrueAsync(Func<bool> holds)
    {
        for (var until = DateTime.UtcNow + Patience; DateTime.UtcNow < until; await Task.Delay(50))
        {
            if (holds())
                return true;
        }

        return false;
    }

    private static string Answer(string letter, string text, int number) =>
        $"""
        From: Visitor <visitor@example.com>
        To: support@shop.example
        Subject: Re: New reply
        Message-ID: <{number}@mail.example>
        In-Reply-To: <{letter.Trim('<', '>')}>

        {text}
        """;
}
