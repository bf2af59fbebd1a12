using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LeanChat.Storage;
using Microsoft.Data.Sqlite;

namespace LeanChat.Proof;

/// <summary>The start that steps a database of version 1 up: killed, or without power, at every operation on its files.</summary>
internal static class Migration
{
    private const int Chats = 12;
    private const int MessagesEach = 9;

    /// <summary>What the server steps up to: one more than the last of the old schemas.</summary>
    private static readonly int Newest =
        1 + typeof(Migration).Assembly.GetManifestResourceNames().Count(name => name.StartsWith("schemas/", StringComparison.Ordinal));

    public static readonly Claim Claim = new(
        "migration",
        "Killed, or without power, at every step of a change of schema it keeps everything, and the copy of what was before", TryAsync,
        new Defect("in-pieces", "half of the step has been taken when the process dies, as without a transaction"),
        new Defect("no-copy", "the copy of what was before is gone", IsQuick: true),
        new Defect("forgets", "a message is missing from the old database"));

    private static async Task TryAsync(Trial trial)
    {
        if (!Shadow.IsPossible)
        {
            trial.Skip("no C compiler");
            return;
        }

        await using var server = new Server();
        using var shadow = new Shadow(server);
        var old = Path.Combine(server.Data, "old.sqlite");
        MakeOld(old);
        Lay(server, shadow, old);
        await server.StartAsync();
        var steps = shadow.Operations;
        server.Kill();
        await CheckAsync(trial, server, "unharmed");

        var chance = trial.Chance();
        var (tried, cuts, before, after) = (0, 0, 0, 0);
        // From the last on: the commit is near the end.
        for (var step = steps; step >= 1 && !trial.IsSettled; step -= trial.Of((int)Math.Max(1, steps / 4), 1))
        {
            Lay(server, shadow, old);
            shadow.KillAt = step;
            await server.StartInVainAsync();
            server.Kill();
            // The last operations are those of a server that has begun to serve: how many there are is not always the same.
            trial.Check(
                shadow.Operations >= step || step > steps - 20,
                $"It was to be killed at step {step} of {steps} and came to {shadow.Operations}.");
            var power = tried % 2 == 1;
            if (power)
            {
                shadow.CutPower(chance);
                cuts++;
            }

            if (trial.Has("in-pieces"))
                Ledger.Run(server.File, "create table chats_2 (row integer primary key)");
            if (trial.Has("forgets"))
                Ledger.Run(server.File, "delete from support_messages where seq = 4");
            _ = Version(server.File) == 1 ? before++ : after++;
            shadow.KillAt = 0;
            shadow.Begin();
            var what = $"{(power ? "without power" : "killed")} at step {step}";
            try
            {
                await server.StartAsync();
                if (trial.Has("no-copy"))
                    File.Delete(Copy(server));
                await CheckAsync(trial, server, what);
            }
            catch (InvalidOperationException e)
            {
                // That it starts is the claim.
                trial.Fault(
                    $"{what} it did not start again: "
                    + $"{e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1]}");
            }

            server.Kill();
            tried++;
        }

        trial.Figure("steps of the change", steps);
        trial.Figure("killed at", tried);
        trial.Figure("of these without power as well", cuts);
        trial.Figure("found at version 1", before);
        trial.Figure($"found at version {Newest}", after);
        trial.Figure("messages each time", Chats * MessagesEach);
    }

    private static string Copy(Server server) => Path.Combine(server.Data, "backups", "leanchat-schema-1.db");

    private static void Lay(Server server, Shadow shadow, string old)
    {
        foreach (var file in Directory.GetFiles(server.Data, "leanchat*", SearchOption.AllDirectories))
            File.Delete(file);
        File.Copy(old, server.File);
        shadow.KillAt = 0;
        shadow.Begin();
    }

    /// <summary>What people said, who they are, their letters and keys, in the schema of version 1.</summary>
    private static void MakeOld(string file)
    {
        using var stream = typeof(Migration).Assembly.GetManifestResourceStream("schemas/1.sql")!;
        using var reader = new StreamReader(stream);
        var rows = new StringBuilder(reader.ReadToEnd());
        rows.Append(
            CultureInfo.InvariantCulture, $"insert into admins values ('a1', 'mia@example.com', 'Mia', 'x', '2026-01-01T00:00:00.000Z');");
        for (var chat = 1; chat <= Chats; chat++)
        {
            rows.Append(CultureInfo.InvariantCulture, $"""
                insert into users (id, email, name, created_at)
                  values ('u{chat}', 'u{chat}@example.com', 'U {chat}', '2026-01-01T00:00:{chat:00}.000Z');
                insert into sessions
                  values ('{Hash(Token(chat))}', 'u{chat}', null, '2026-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z');
                insert into support_chats
                  (id, user_id, created_at, last_seq, message_count, last_message_at, last_message_sender, last_message_preview)
                  values ('c{chat}', 'u{chat}', '2026-01-01T00:00:{chat:00}.000Z', {MessagesEach}, {MessagesEach},
                    '2026-01-01T00:09:{chat:00}.000Z', 'user', 'x');
                insert into chat_keys values ('k{chat}', 'c{chat}', '2999-01-01T00:00:00.000Z');
                insert into letters (id, kind, chat_id, state, promised_at, due_at, first_seq, last_seq, created_at)
                  values ('l{chat}', 'reply', 'c{chat}', 'sent', '2026', '2026', 2, 2, '2026');
                """);
            for (var seq = 1; seq <= MessagesEach; seq++)
            {
                var (type, sender) = seq % 2 == 1 ? ("user", $"u{chat}") : ("admin", "a1");
                rows.Append(CultureInfo.InvariantCulture, $"""
                    insert into support_messages (id, chat_id, seq, client_id, sender_type, sender_id, content, created_at)
                      values ('m{chat}-{seq}', 'c{chat}', {seq}, 'x{seq}', '{type}', '{sender}',
                        '{Said(chat, seq)}', '2026-01-01T00:0{seq}:{chat:00}.000Z');
                    """);
            }
        }

        using (var made = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            made.Open();
            Ledger.Run(made, "pragma auto_vacuum = incremental");
            Ledger.Run(
                made, "begin;" + rows + "commit; pragma application_id = 0x4C656143; pragma user_version = 1; pragma journal_mode = wal");
        }
    }

    private static async Task CheckAsync(Trial trial, Server server, string what)
    {
        if (server.IsRunning)
        {
            // Through the front door, with the session of before.
            var told = await server.AsUserAsync(HttpMethod.Get, "/support_chat/messages?after=0&limit=200", Token(3));
            trial.Check(
                told.Status == 200 && told.Json!.AsArray().Select(each => (string)each!["content"]!).SequenceEqual(
                    Enumerable.Range(1, MessagesEach).Select(seq => Said(3, seq))),
                $"{what}: a user of before is told {told.Status} and not what was said.");
        }

        foreach (var (file, version, chat) in ((string, long, string)[])[
            (server.File, Newest, "c.row = m.chat"), (Copy(server), 1, "c.id = m.chat_id")])
        {
            if (!trial.Check(File.Exists(file), $"{what}: {Path.GetFileName(file)} is not there."))
                continue;
            using var connection = Ledger.Open(file);
            trial.Check((string)Ledger.Ask(connection, "pragma integrity_check")! == "ok", $"{what}: {Path.GetFileName(file)} is damaged.");
            trial.Check(
                (long)Ledger.Ask(connection, "pragma user_version")! == version,
                $"{what}: {Path.GetFileName(file)} is not of version {version}.");
            var messages = (string)Ledger.Ask(connection, $"""
                select group_concat(c.id || ' ' || m.seq || ' ' || m.id || ' ' || m.client_id || ' ' || m.content, ';' order by m.row)
                from support_messages m join support_chats c on {chat}
                """)!;
            trial.Check(messages == Everything, $"{what}: {Path.GetFileName(file)} holds other messages than before.");
            var others = (long)Ledger.Ask(connection, """
                select (select count(*) from users) + (select count(*) from sessions) + (select count(*) from chat_keys)
                  + (select count(*) from letters) + (select count(*) from admins)
                """)!;
            trial.Check(
                others == (4 * Chats) + 1, $"{what}: {Path.GetFileName(file)} lacks users, sessions, keys, letters or admins.");
        }

        trial.Check(!File.Exists(Copy(server) + ".part"), $"{what}: half a copy is left over.");
    }

    private static string Everything { get; } = string.Join(';',
        from chat in Enumerable.Range(1, Chats)
        from seq in Enumerable.Range(1, MessagesEach)
        select $"c{chat} {seq} m{chat}-{seq} x{seq} {Said(chat, seq)}");

    private static string Said(int chat, int seq) => $"Said {seq} in {chat} {new string((char)('a' + seq), 120)}";

    private static string Token(int chat) => Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes($"migration {chat}")))
        .TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    private static long Version(string file) => Ledger.Count(file, "pragma user_version");
}
