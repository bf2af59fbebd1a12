using Microsoft.Data.Sqlite;

namespace LeanChat.Tests;

/// <summary>A server to which nothing happens.</summary>
public sealed class IdleSpecs
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task It_writes_nothing()
    {
        await using var server = await LeanChatServer.StartAsync();
        await using var board = await (await server.AdminAsync()).WatchAsync();
        await using var widget = await (await server.VisitorAsync()).OpenAsync();
        await server.Get<Chats.SearchIndexer>().CatchUpAsync();
        await Eventually.IsTrueAsync(async () => (await server.QueryAsync("select used_at from admins"))[0].Length > 0);
        using var beside = new SqliteConnection($"Data Source={Path.Combine(server.Directory, "leanchat.db")};Mode=ReadOnly;Pooling=False");
        beside.Open();
        await WriteAsync(server);
        var (writes, version, files) = (server.Database.Statistics.Writes, DataVersion(beside), Files(server));

        for (var ticks = 0; ticks < 600; ticks++)
        {
            server.Clock.Advance(Tick);
            if (ticks % 20 == 0)
                await widget.SettleAsync();
        }

        (DataVersion(beside), Files(server)).Should().BeEquivalentTo((version, files));
        // Whatever else had asked to write would have been written before this.
        await WriteAsync(server);
        (server.Database.Statistics.Writes - writes).Should().Be(1, "nothing else was written in five minutes");
        DataVersion(beside).Should().NotBe(version, "a write shows");
    }

    private static Task<int> WriteAsync(LeanChatServer server) => server.Database.WriteAsync(tx =>
    {
        using var command = tx.Connection.CreateCommand();
        command.CommandText = "insert into heartbeat (id, at) values (1, 'now') on conflict (id) do update set at = at || '.'";
        return command.ExecuteNonQuery();
    });

    private static long DataVersion(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "pragma data_version";
        return (long)command.ExecuteScalar()!;
    }

    private static string[] Files(LeanChatServer server) =>
        [.. new DirectoryInfo(server.Directory).GetFiles("leanchat.db*").Where(file => file.Extension != ".db-shm").Select(
            file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc:O}").Order(StringComparer.Ordinal)];
}
