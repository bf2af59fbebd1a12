using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LeanChat.Chats;
using LeanChat.Storage;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Tests;

/// <summary>What is typed into the search is found, in any script.</summary>
public sealed class SearchSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("我想申请退款，订单号是12345，谢谢", "退款")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "申请退款")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "订单号是12345")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "12345")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "谢谢 退款")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "款")]
    [InlineData("我的手机iPhone坏了", "手机iphone坏了")]
    [InlineData("我的手机iPhone坏了", "机iPho")]
    [InlineData("𠮷野家で注文した", "𠮷野")]
    [InlineData("返品したいです。ご注文番号は２０４２", "返品したい")]
    [InlineData("返品したいです。ご注文番号は２０４２", "注文番号")]
    [InlineData("返品したいです。ご注文番号は２０４２", "2042")]
    [InlineData("スマートフォンケース", "ケース")]
    [InlineData("スマートフォンケース", "ｹｰｽ")]
    [InlineData("ガラス", "ｶﾞﾗｽ")]
    [InlineData("ガラス", "カ\u3099ラス")]
    [InlineData("주문환불해주세요", "환불")]
    [InlineData("주문환불해주세요", "환불해주")]
    [InlineData("배송은 언제 되나요", "배송")]
    [InlineData("한글", "\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [InlineData("ฉันต้องการขอคืนเงินสำหรับคำสั่งซื้อ", "คืนเงิน")]
    [InlineData("ฉันต้องการขอคืนเงินสำหรับคำสั่งซื้อ", "เงิน")]
    [InlineData("ฉันต้องการขอคืนเงินสำหรับคำสั่งซื้อ", "คำ")]
    [InlineData("ຂ້ອຍຕ້ອງການເງິນຄືນ", "ເງິນຄືນ")]
    [InlineData("ខ្ញុំចង់បានប្រាក់សងវិញ", "ប្រាក់")]
    [InlineData("ខ្ញុំ\u200Bចង់\u200Bបាន\u200Bប្រាក់", "ចង់បាន")]
    [InlineData("ကျွန်တော်ငွေပြန်လိုချင်ပါတယ်", "ငွေပြန်")]
    [InlineData("Lange Straße 5", "strasse")]
    [InlineData("Lange Strasse 5", "straße")]
    [InlineData("LANGE STRAẞE", "straß")]
    [InlineData("It doesn't work, I don’t know", "dont")]
    [InlineData("It doesn't work, I don’t know", "don't")]
    [InlineData("It doesn't work, I don’t know", "donʼt know")]
    [InlineData("It doesn't work, I don’t know", "don")]
    [InlineData("i dont know", "don't")]
    [InlineData("Où est l'avion-cargo d’Émile", "avion")]
    [InlineData("Où est l'avion-cargo d’Émile", "avion-cargo")]
    [InlineData("Où est l'avion-cargo d’Émile", "l’avion-cargo")]
    [InlineData("Où est l'avion-cargo d’Émile", "emile")]
    [InlineData("el col·legi", "collegi")]
    [InlineData("İstanbul'da ısıtıcı", "istanbul isitici")]
    [InlineData("ISTANBUL", "ıstanbul")]
    [InlineData("Smørrebrød på Łódź, Đà Nẵng, Þór, cœur, encyclopædia", "smorrebrod lodz da nang thor coeur encyclopaedia")]
    [InlineData("smorrebrod lodz", "Smørrebrød Łódź")]
    [InlineData("ﬁnal ＯＦＦＥＲ ①", "final offer 1")]
    [InlineData("Ευχαριστώ, ΟΔΟΣ", "ευχαριστω οδος")]
    [InlineData("всё ещё мой", "все еще")]
    [InlineData("أريد استرداد المبلغ المدفوع إلى حسابي", "اريد الى")]
    [InlineData("السَّلَامُ", "السلام")]
    [InlineData("می\u200cخواهم", "خواهم")]
    [InlineData("शुक्रिया हिन्दी", "हिन्दी")]
    [InlineData("soft\u00ADhyphen ze\u2060ro", "softhyphen zero")]
    [InlineData("order 20-42/x", "20-42")]
    [InlineData("1234567890", "１２３٤٥")]
    public async Task A_message_is_found_by(string content, string words)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync(content);
        await (await _server.VisitorAsync()).PostAsync("完全に別の話 quite another thing อย่างอื่น 다른");

        var found = await mia.ListAsync("?q=" + Uri.EscapeDataString(words));

        found.Select(row => (string)row!["id"]!).Should().Equal(visitor.ChatId);
        ((string)found[0]!["hit"]!).Should().Be(content, "it is short enough to be shown whole");
    }

    [Theory]
    [InlineData("我想申请退款", "款退")]
    [InlineData("我想申请退款", "申退")]
    [InlineData("カキ", "ガキ")]
    [InlineData("คืนเงิน", "เงินคืน")]
    [InlineData("do not know", "dont")]
    [InlineData("a blue lantern", "lanterns")]
    [InlineData("a blue lantern", "antern")]
    public async Task A_message_is_not_found_by(string content, string words)
    {
        var mia = await _server.AdminAsync();
        await (await _server.VisitorAsync()).PostAsync(content);

        (await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Should().BeEmpty();
    }

    [Theory]
    [InlineData("小林", "小林")]
    [InlineData("東京の田中さくら", "田中")]
    [InlineData("Søren O’Brien", "soren obrien")]
    [InlineData("Jürgen Groß", "gross@exa")]
    [InlineData("สมชาย ใจดี", "ชาย")]
    public async Task Who_people_are_is_found_by(string name, string words)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { name, email = "gross@example.com" });
        await visitor.PostAsync("Hello");

        (await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Should().ContainSingle();
        await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = "Nobody" });
        (await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Should().HaveCount(words.Contains('@', StringComparison.Ordinal) ? 1 : 0);
    }

    [Fact]
    public async Task A_search_shows_the_words_around_what_it_has_found()
    {
        var mia = await _server.AdminAsync();
        await (await _server.VisitorAsync()).PostAsync(string.Concat(Enumerable.Repeat("今天天气很好。", 40)) + "我想申请退款" + string.Concat(Enumerable.Repeat("今天天气很好。", 40)));
        await (await _server.VisitorAsync()).PostAsync(string.Concat(Enumerable.Repeat("words before ", 40)) + "the lantern" + string.Concat(Enumerable.Repeat(" words after", 40)));

        Hit(await mia.ListAsync("?q=" + Uri.EscapeDataString("退款"))).Should().StartWith("…").And.EndWith("…").And.Contain("我想申请退款").And.Match(hit => hit.Length < 130);
        Hit(await mia.ListAsync("?q=lant")).Should().StartWith("…").And.EndWith("…").And.Contain("before the lantern words").And.Match(hit => hit.Length < 130);

        static string Hit(JsonArray rows) => (string)rows.Single()!["hit"]!;
    }

    [Theory]
    [InlineData("x ", 2000)]
    [InlineData("退", 600)]
    [InlineData("l'a-", 500)]
    public async Task However_long_it_is_a_search_is_answered(string part, int times)
    {
        var mia = await _server.AdminAsync();
        await (await _server.VisitorAsync()).PostAsync("lantern");

        var reply = await mia.GetAsync("/chats?q=" + Uri.EscapeDataString(string.Concat(Enumerable.Repeat(part, times))));

        reply.Status.Should().Be(200, reply.Text);
        reply.Json!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public void Whatever_is_said_is_found_by_its_parts()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        connection.Run(Migrations.Schema);
        var random = new Random(20261128);
        for (var round = 1; round <= 1000; round++)
        {
            var text = Anything(random);
            Run(connection, "insert into message_words (rowid, words) values (1, @text)", SearchWords.Join(text));
            foreach (var part in Parts(text, random))
            {
                if (SearchStore.Match(SearchWords.Phrases(part)) is { } match)
                    Run(connection, "select count(*) from message_words where message_words match @text", match).Should().Be(1, $"round {round}: {Escaped(part)} is in {Escaped(text)}");
            }

            Run(connection, "delete from message_words where rowid = 1", null);
        }
    }

    [Fact]
    public async Task A_message_that_cannot_be_put_into_the_index_does_not_keep_the_others_out()
    {
        var mia = await _server.AdminAsync();
        var (ann, bob) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await _server.Database.WriteAsync(tx => Execute(tx.Connection,
            "create trigger poison before insert on message_words_content when new.c0 like '%poison%' begin select raise(abort, 'poisoned'); end"));
        await ann.PostAsync("lantern");
        await ann.PostAsync("poison");
        await bob.PostAsync("lantern too");

        (await mia.ListAsync("?q=lantern")).Should().HaveCount(2);
        (await mia.ListAsync("?q=poison")).Should().BeEmpty();
        await bob.PostAsync("afterwards");
        (await mia.ListAsync("?q=afterwards")).Should().ContainSingle();
        await _server.Database.WriteAsync(tx => Execute(tx.Connection, "drop trigger poison"));
        await _server.AuditAsync(mia);
    }

    [Fact]
    public async Task What_was_split_by_other_rules_is_split_anew()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { name = "Ada" });
        await visitor.PostAsync("lantern");
        (await mia.ListAsync("?q=lantern")).Should().ContainSingle();
        await _server.Database.WriteAsync(tx => Execute(tx.Connection, "update message_words set words = 'old'") + Execute(tx.Connection, "update user_words set name = 'old'")
            + Execute(tx.Connection, "update search_index set version = 0"));
        (await mia.ListAsync("?q=lantern")).Should().BeEmpty();

        await _server.RestartAsync();
        await UntilAsync(async () => await _server.QueryAsync("select group_concat(from_row || version) from search_index") is [var rows] && rows == $"1{SearchWords.Version},1{SearchWords.Version}");

        (await mia.ListAsync("?q=lantern")).Should().ContainSingle();
        (await mia.ListAsync("?q=ada")).Should().ContainSingle();
        (await mia.ListAsync("?q=old")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_message_that_takes_the_place_of_an_erased_one_is_found_and_the_erased_one_is_not()
    {
        var mia = await _server.AdminAsync();
        var (stays, gone) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await stays.PostAsync("lantern");
        await gone.PostAsync("secret");
        (await mia.ListAsync("?q=secret")).Should().ContainSingle();

        await mia.RequestAsync(HttpMethod.Delete, "/users/" + gone.UserId);
        await stays.PostAsync("candle");

        (await mia.ListAsync("?q=candle")).Should().ContainSingle();
        (await mia.ListAsync("?q=secret")).Should().BeEmpty();
        (await _server.QueryAsync("select count(*) from message_words")).Should().Equal("2");
        await _server.AuditAsync(mia);
    }

    [Fact]
    public async Task An_older_database_is_indexed_while_it_serves_and_a_killed_server_goes_on_where_it_was()
    {
        const int Messages = 60_000;
        var folder = Directory.CreateTempSubdirectory("leanchat-").FullName;
        try
        {
            MakeOld(folder, Messages);
            await using (var first = await Running.StartAsync("--data", folder, "--urls", "http://127.0.0.1:0"))
            {
                first.Said.Should().Contain($"The search index is being made: {Messages} messages, 2 people");
                await UntilAsync(() => Task.FromResult(From(folder) is < Messages and > 1));
                first.Kill();
            }

            var reached = From(folder);
            reached.Should().BeInRange(2, Messages - 1, "it was killed in the middle");
            await using (var server = await LeanChatServer.StartInAsync(folder, "Limits:NewUsersPerHour=0"))
            {
                var mia = await server.AdminAsync();
                var visitor = await server.VisitorAsync();
                await visitor.PostAsync("我想申请退款");
                (await mia.ListAsync("?q=" + Uri.EscapeDataString("退款"))).Should().ContainSingle("what is new is found at once");
                (await mia.ListAsync("?q=newest")).Should().ContainSingle("what is in already is found meanwhile");
                var waiting = (await server.AskAsync(HttpMethod.Get, "/metrics")).Text;
                From(folder).Should().BeGreaterThan(1, "all that happened meanwhile");
                waiting.Should().MatchRegex(@"leanchat_search_waiting [1-9]\d*\n");

                await UntilAsync(() => Task.FromResult(From(folder) == 1));
                (await mia.ListAsync("?q=oldest")).Should().ContainSingle();
                (await mia.ListAsync("?q=groesse")).Should().ContainSingle("people are found, too");
                (await server.QueryAsync("select count(*) from message_words")).Should().Equal($"{Messages + 1}");
                (await server.AskAsync(HttpMethod.Get, "/metrics")).Text.Should().Contain("leanchat_search_waiting 0\n");
            }
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A database of schema 2 with two people, one of whom has said everything but the oldest.</summary>
    private static void MakeOld(string folder, int messages)
    {
        using var old = new SqliteConnection($"Data Source={Path.Combine(folder, "leanchat.db")};Pooling=False");
        old.Open();
        old.Run(File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "OldSchemas", "2.sql")));
        old.Run(
            $"""
            insert into users (id, name, created_at) values ('u1', 'Groesse', '2026-01-01T00:00:00.000Z'), ('u2', null, '2026-01-01T00:00:00.000Z');
            insert into support_chats (id, user_id, created_at, last_seq, message_count, last_message_at, last_message_sender, last_message_preview) values
              ('c1', 'u1', '2026-01-01T00:00:00.000Z', 1, 1, '2026-01-01T00:00:00.000Z', 'user', 'x'), ('c2', 'u2', '2026-01-01T00:00:00.000Z', {messages - 1}, {messages - 1}, '2026-01-02T00:00:00.000Z', 'user', 'x');
            insert into support_messages (id, chat, seq, sender_type, sender_id, content, created_at) values ('m1', 1, 1, 'user', 'u1', 'the oldest', '2026-01-01T00:00:00.000Z');
            insert into support_messages (id, chat, seq, sender_type, sender_id, content, created_at)
              with recursive n (i) as (select 1 union all select i + 1 from n where i < {messages - 1})
              select 'n' || i, 2, i, 'user', 'u2', iif(i = {messages - 1}, 'the newest', 'line ' || i || ' of a very long story'), strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-02', '+' || i || ' seconds') from n;
            pragma application_id = 0x4C656143;
            pragma user_version = 2;
            pragma journal_mode = wal;
            """);
    }

    private static long From(string folder)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "leanchat.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        return connection.Ask("select from_row from search_index where name = 'messages'");
    }

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await happened())
            await Task.Delay(5, patience.Token);
    }

    /// <summary>Words, runs and signs from all over Unicode, in scripts that people mix and in those that they do not.</summary>
    private static string Anything(Random random)
    {
        (int From, int To)[] blocks = [(0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xEFF), (0x1000, 0x109F), (0x1100, 0x11FF),
            (0x1780, 0x17FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x3000, 0x30FF), (0x3130, 0x318F), (0x4E00, 0x4F00), (0xAC00, 0xAD00), (0xFE00, 0xFFEF), (0x1F600, 0x1F64F), (0x20000, 0x20100), (0x21, 0x10FFFF)];
        var text = new StringBuilder();
        for (var run = random.Next(1, 9); run > 0; run--)
        {
            var (from, to) = blocks[random.Next(blocks.Length)];
            for (var each = random.Next(1, 8); each > 0; each--)
            {
                var code = random.Next(from, to + 1);
                text.Append(code is >= 0xD800 and <= 0xDFFF ? "x" : char.ConvertFromUtf32(code));
            }

            if (random.Next(3) == 0)
                text.Append(" '’-.\u200B\u00AD"[random.Next(7)]);
        }

        return text.ToString();
    }

    /// <summary>All of it, what stands between blanks, beginnings of words, and any piece of a run without spaces.</summary>
    private static IEnumerable<string> Parts(string text, Random random)
    {
        yield return text;
        var chunks = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var first = random.Next(chunks.Length + 1);
        yield return string.Join(' ', chunks.Skip(first).Take(random.Next(4)));
        foreach (var word in SearchWords.Split(text))
        {
            yield return word.Text;
            yield return word.Text[..random.Next(1, word.Text.Length + 1)].TrimEnd((char[])[.. Enumerable.Range(0xD800, 0x400).Select(each => (char)each)]);
        }

        // Characters of scripts without spaces, as they stand: from any to any other.
        var runes = text.EnumerateRunes().ToArray();
        for (var from = 0; from < runes.Length; from++)
        {
            if (!IsWhole(runes[from]))
                continue;
            var to = from + 1;
            while (to < runes.Length && to < from + 5 && IsWhole(runes[to]) && Scripts.Of(runes[to]) == Scripts.Of(runes[from]))
                to++;
            var end = random.Next(from + 1, to + 1);
            if (end == runes.Length || !Joins(runes[end]))
                yield return string.Concat(runes[from..end]);
        }
    }

    /// <summary>A sign that joins the one before it, as conjoining letters of Hangul and kana marks do.</summary>
    private static bool Joins(Rune rune) => Folding.Of(rune, new char[2]) is [>= '\u1100' and <= '\u11FF' or '\u3099' or '\u309A', ..];

    private static bool IsWhole(Rune rune) => Scripts.Of(rune) is Script.Pairs or Script.Triples && !Joins(rune) && Folding.Of(rune, new char[2]).SequenceEqual(rune.ToString());

    private static string Escaped(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? $"{c}" : $"\\u{(int)c:X4}"));

    private static int Execute(System.Data.Common.DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    private static long Run(SqliteConnection connection, string sql, string? text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("@text", text ?? "");
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;
}
