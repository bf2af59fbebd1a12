using System.Diagnostics;
using System.Globalization;
using LeanChat.Chats;
using LeanChat.Cli;
using LeanChat.Files;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Bench;

/// <summary>The reads an owner waits for, on a database of many years: the list, a page of the largest chat, a search,
/// the counts.</summary>
internal static class HistoryFlood
{
    private const int Rounds = 300;
    private const int Vocabulary = 20_000;
    private const int WordsEach = 8;

    private static readonly ChatFilter Active = new();

    /// <summary>Arguments: chats (100,000) and messages (1,000,000); a tenth of each is measured first, to show what grows.</summary>
    public static async Task RunAsync(string[] args)
    {
        var chats = args is [var first, ..] ? int.Parse(first, CultureInfo.InvariantCulture) : 100_000;
        var messages = args is [_, var second, ..] ? int.Parse(second, CultureInfo.InvariantCulture) : 1_000_000;
        foreach (var share in (int[])[10, 1])
            await MeasureAsync(chats / share, messages / share);
    }

    private static async Task MeasureAsync(int chats, int messages)
    {
        var folder = Directory.CreateTempSubdirectory("leanchat-bench-").FullName;
        await using (var app = Program.Build(new ServeOptions(folder, "http://127.0.0.1:0", [], folder)))
        {
            var database = app.Services.GetRequiredService<Database>();
            var addresses = app.Services.GetRequiredService<FileAddresses>();
            var clock = Stopwatch.StartNew();
            await database.WriteAsync(tx => Seed(tx, chats, messages));
            Console.Error.WriteLine($"{chats:N0} chats, {messages:N0} messages: seeded in {clock.Elapsed.TotalSeconds:0} s");
            await app.Services.GetRequiredService<SearchIndexer>().CatchUpAsync();
            Console.Error.WriteLine($"words put in after {clock.Elapsed.TotalSeconds:0} s");

            var random = new Random(2);
            string Word() => Spell(random.Next(Vocabulary));
            await TimeAsync("first page of the list", () => database.ReadAsync(c => ChatStore.List(c, Active, ListCursor.Start, 50)));
            await TimeAsync(
                "newest page of the largest chat",
                () => database.ReadAsync(c => MessageStore.Before(c, addresses, ChatStore.Find(c, "chat-0")!)));
            await TimeAsync("search for a word", () => database.ReadAsync(c => SearchStore.Find(c, Active, Word(), ListCursor.Start, 50)));
            await TimeAsync("search for a word that everybody uses", () => database.ReadAsync(
                c => SearchStore.Find(c, Active, "hello", ListCursor.Start, 50)));
            await TimeAsync(
                "search for two letters", () => database.ReadAsync(c => SearchStore.Find(c, Active, Word()[..2], ListCursor.Start, 50)));
            await TimeAsync("search for two words", () => database.ReadAsync(
                c => SearchStore.Find(c, Active, Word() + " " + Word(), ListCursor.Start, 50)));
            string Chinese() => Write(random.Next(Vocabulary));
            await TimeAsync(
                "search for a Chinese word", () => database.ReadAsync(c => SearchStore.Find(c, Active, Chinese(), ListCursor.Start, 50)));
            await TimeAsync("search for a Chinese word that everybody uses", () => database.ReadAsync(
                c => SearchStore.Find(c, Active, "退款", ListCursor.Start, 50)));
            await TimeAsync("search for a common Chinese word", () => database.ReadAsync(
                c => SearchStore.Find(c, Active, Write(random.Next(10)), ListCursor.Start, 50)));
            await TimeAsync("search for two Chinese words in a row", () => database.ReadAsync(
                c => SearchStore.Find(c, Active, Chinese() + Chinese(), ListCursor.Start, 50)));
            await TimeAsync("search for two common Chinese words in a row", () => database.ReadAsync(
                c => SearchStore.Find(c, Active, Write(random.Next(50)) + Write(random.Next(50)), ListCursor.Start, 50)));
            await TimeAsync("search for two Chinese words apart", () => database.ReadAsync(
                c => SearchStore.Find(c, Active, Chinese() + " " + Chinese(), ListCursor.Start, 50)));
            await TimeAsync("search for one Chinese character", () => database.ReadAsync(
                c => SearchStore.Find(c, Active, Chinese()[..1], ListCursor.Start, 50)));
            await TimeAsync("search with the words around it", () => database.ReadAsync(
                c => SearchStore.Hits(c, "退款", SearchStore.Find(c, Active, "退款", ListCursor.Start, 50))));
            await TimeAsync("counts", () => database.ReadAsync(ChatStore.Count));
        }

        Directory.Delete(folder, recursive: true);

        async Task TimeAsync<T>(string what, Func<Task<T>> read)
        {
            var times = new double[Rounds];
            for (var i = 0; i < Rounds; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await read();
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }

            Array.Sort(times);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {chats:N0} chats, {messages:N0} messages | {what} | p50 "
                + $"{times[Rounds / 2]:0.00} ms | p99 {times[Rounds * 99 / 100]:0.00} ms |"));
        }
    }

    /// <summary>Half of the messages in one chat, the rest spread; every tenth begins with the same word. Every third is
    /// Chinese, without a space.</summary>
    private static bool Seed(Transaction tx, int chats, int messages)
    {
        var random = new Random(1);
        for (var i = 0; i < chats; i++)
        {
            var at = At(i);
            tx.Connection.Prepared("insert into users (id, created_at) values (@id, @at)")
                .With("@id", $"user-{i}").With("@at", at).Run();
            tx.Connection.Prepared(
                """
                insert into support_chats
                  (row, id, user_id, created_at, last_message_at, last_message_preview, last_message_sender, archived_at)
                values (@row, @id, @user, @at, @last, 'the newest', 'user', @archived)
                """)
                .With("@row", i + 1).With("@id", $"chat-{i}").With("@user", $"user-{i}").With("@at", at).With("@last", at)
                .With("@archived", i % 3 == 2 ? at : null).Run();
        }

        var seqs = new int[chats];
        for (var i = 0; i < messages; i++)
        {
            var chat = i % 2 == 0 ? 0 : random.Next(chats);
            var words = Enumerable.Range(0, WordsEach).Select(_ => (int)(Vocabulary * Math.Pow(random.NextDouble(), 3)));
            var text = i % 3 == 0
                ? (i % 10 == 0 ? "退款" : "") + string.Concat(words.Select(Write))
                : (i % 10 == 0 ? "hello " : "") + string.Join(' ', words.Select(Spell));
            tx.Connection.Prepared(
                """
                insert into support_messages (id, chat, seq, client_id, sender_type, sender_id, content, created_at)
                values (@id, @chat, @seq, @clientId, 'user', @sender, @content, @at)
                """)
                .With("@id", $"message-{i}").With("@chat", chat + 1).With("@seq", ++seqs[chat]).With("@clientId", Guid.NewGuid().ToString())
                .With("@sender", $"user-{chat}").With("@content", text).With("@at", At(i)).Run();
        }

        tx.Connection.Prepared(
            """
            update support_chats set (last_seq, message_count) =
              (select coalesce(max(seq), 0), count(*) from support_messages where chat = support_chats.row)
            """).Run();
        return true;
    }

    private static string At(int i) => UtcText.Of(DateTimeOffset.UnixEpoch.AddSeconds(i));

    /// <summary>A word of two Chinese characters for a number; few of them are in many words.</summary>
    private static string Write(int number) => $"{(char)(0x4E00 + (number % 700))}{(char)(0x4E00 + (number / 7 % 2500))}";

    /// <summary>A word for a number: syllables, so that beginnings are shared as they are in a language.</summary>
    private static string Spell(int number)
    {
        var word = "";
        do
        {
            word += $"{"bdfgklmnprstvz"[number % 14]}{"aeiou"[number / 14 % 5]}";
            number /= 70;
        }
        while (number > 0);
        return word;
    }
}
