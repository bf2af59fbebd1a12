using Microsoft.Data.Sqlite;

namespace LeanChat.Tests;

/// <summary>Another process at the same file: a command, a copy, somebody with a shell.</summary>
public sealed class OtherProcessSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task While_it_writes_a_message_waits_and_others_do_not()
    {
        var (ann, bob) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await using var writing = await ann.OpenAsync();
        await using var talking = await bob.OpenAsync();
        await writing.SendAsync("Before", "c0");
        using (var beside = Open())
        {
            Run(beside, "begin immediate");
            await writing.SayAsync(new { action = "send_message", content = "Meanwhile", client_id = "c1" });
            for (var ping = 0; ping < 20; ping++)
                await talking.SettleAsync();
            // That nothing is stored is the claim, so only time can pass: longer than a checkpoint's patience, shorter than a message's.
            await Task.Delay(600);
            writing.Messages.Should().NotContain(message => (string?)message["client_id"] == "c1");
            Run(beside, "rollback");
        }

        await writing.HearAsync("new_message", frame => (string?)frame["message"]!["client_id"] == "c1");
    }

    [Fact]
    public async Task When_it_does_not_let_go_a_message_is_refused_in_words_and_the_socket_stays()
    {
        var ann = await _server.VisitorAsync();
        await using var socket = await ann.OpenAsync();
        using (var beside = Open())
        {
            Run(beside, "begin immediate");
            await socket.SayAsync(new { action = "send_message", content = "Meanwhile", client_id = "c1" });
            ((string?)(await socket.HearAsync("error"))["code"]).Should().Be("overloaded");
            var reply = await ann.PostAsync("Meanwhile", "c1");
            (reply.Status, reply.Error).Should().Be((503, "overloaded"));
            Run(beside, "rollback");
        }

        ((long)(await socket.SendAsync("Meanwhile", "c1"))["seq"]!).Should().Be(1);
    }

    [Fact]
    public async Task While_it_reads_what_is_erased_holds_up_neither_messages_nor_the_end_and_goes_after_it()
    {
        var (ann, bob, mia) = (await _server.VisitorAsync(), await _server.VisitorAsync(), await _server.AdminAsync());
        await using var socket = await bob.OpenAsync();
        await ann.PostAsync("A secret of Ann's");
        var later = Directory.CreateTempSubdirectory("leanchat-").FullName;
        using (var beside = Open())
        {
            Run(beside, "begin");
            Run(beside, "select count(*) from support_messages");
            (await mia.RequestAsync(HttpMethod.Delete, "/users/" + ann.UserId)).Status.Should().Be(204);
            for (var message = 0; message < 20; message++)
                await socket.SendAsync("Meanwhile", $"c{message}");
            await _server.StopAsync().WaitAsync(TimeSpan.FromSeconds(5));
            _server.OnDisk().Should().Contain("A secret of Ann's", "it is held");
            // As they lie there now, and would after a sudden end: who closes the file last tidies up.
            foreach (var file in (string[])["leanchat.db", "leanchat.db-wal"])
                File.Copy(Path.Combine(_server.Directory, file), Path.Combine(later, file));
        }

        await using (var next = await LeanChatServer.StartInAsync(later))
        {
            await Eventually.IsTrueAsync(() => !next.OnDisk().Contains("A secret of Ann's", StringComparison.Ordinal));
        }

        await _server.StartAgainAsync();
    }

    private SqliteConnection Open()
    {
        var beside = new SqliteConnection($"Data Source={Path.Combine(_server.Directory, "leanchat.db")};Pooling=False");
        beside.Open();
        return beside;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteScalar();
    }
}
