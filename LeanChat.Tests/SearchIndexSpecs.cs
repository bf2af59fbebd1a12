using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Tests;

/// <summary>What the search is answered from: made while serving, never from a part of what it should hold for long.</summary>
public sealed class SearchIndexSpecs : IAsyncLifetime
{
    private const string At = "2026-01-01T00:00:00.000Z";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_message_that_cannot_be_put_into_the_index_does_not_keep_the_others_out()
    {
        var mia = await _server.AdminAsync();
        var (ann, bob) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await _server.Database.WriteAsync(tx => Execute(tx.Connection,
            """
            create trigger poison before insert on message_words_content when new.c0 like '%poison%'
            begin select raise(abort, 'poisoned'); end
            """));
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
        await _server.Database.WriteAsync(tx => Execute(tx.Connection, "update message_words set words = 'old'")
            + Execute(tx.Connection, "update user_words set name = 'old'") + Execute(tx.Connection, "update search_index set version = 0"));
        (await mia.ListAsync("?q=lantern")).Should().BeEmpty();

        await _server.RestartAsync();
        await Eventually.IsTrueAsync(
            async () => await _server.QueryAsync("select max(from_row) || min(version) from search_index") is [var rows]
                && rows == $"1{SearchWords.Version}",
            Patience);

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
                await Eventually.IsTrueAsync(
                    () => first.Said.Contains($"The search index is being built: {Messages} messages, 2 people", StringComparison.Ordinal),
                    Patience);
                await Eventually.IsTrueAsync(() => From(folder) is < Messages and > 1, Patience);
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

                await Eventually.IsTrueAsync(() => From(folder) == 1, Patience);
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
            insert into users (id, name, created_at) values ('u1', 'Groesse', '{At}'), ('u2', null, '{At}');
            insert into support_chats (id, user_id, created_at, last_seq, message_count, last_message_at, last_message_sender,
                last_message_preview)
              values ('c1', 'u1', '{At}', 1, 1, '{At}', 'user', 'x'),
                ('c2', 'u2', '{At}', {messages - 1}, {messages - 1}, '{At}', 'user', 'x');
            insert into support_messages (id, chat, seq, sender_type, sender_id, content, created_at)
              values ('m1', 1, 1, 'user', 'u1', 'the oldest', '{At}');
            insert into support_messages (id, chat, seq, sender_type, sender_id, content, created_at)
              with recursive n (i) as (select 1 union all select i + 1 from n where i < {messages - 1})
              select 'n' || i, 2, i, 'user', 'u2', iif(i = {messages - 1}, 'the newest', 'line ' || i || ' of a very long story'),
                strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-02', '+' || i || ' seconds') from n;
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

    private static int Execute(System.Data.Common.DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;
}
