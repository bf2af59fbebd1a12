using System.Globalization;
using LeanChat.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeanChat.Tests;

/// <summary>The log beside the database, which we write in our own way.</summary>
public sealed class LogSpecs : IDisposable
{
    /// <summary>Rows of a page each that are more than the writer keeps in memory, by much and by little: some are in the log before the end.</summary>
    public static readonly TheoryData<int> Large = new(3_700, 3_900, 4_100, 8_000);

    private readonly string _directory = Directory.CreateTempSubdirectory("leanchat-").FullName;

    private string File => Path.Combine(_directory, "leanchat.db");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_commit_leaves_in_one_write()
    {
        using (Open())
        {
        }

        using var file = DatabaseFile.Open(_directory, alone: true);
        using var ours = file.ConnectWriter();
        Fill(ours, "before", 1);
        var before = WritesOfThisThread();

        Fill(ours, "now", 5);

        (WritesOfThisThread() - before).Should().Be(1);
        using var others = file.Connect(SqliteOpenMode.ReadOnly);
        others.Ask("select count(*) from canned_replies").Should().Be(6);
    }

    [Theory]
    [MemberData(nameof(Large))]
    public async Task A_transaction_larger_than_the_memory_for_it_is_stored_whole(int rows)
    {
        using var database = Open();
        await database.WriteAsync(tx => Fill(tx, "large", rows));
        await database.WriteAsync(tx =>
        {
            using var command = tx.Connection.CreateCommand();
            command.CommandText = "update canned_replies set content = 'x' || content";
            return command.ExecuteNonQuery();
        });

        (await CountAsync(database)).Should().Be(rows);
        (await CheckAsync(database)).Should().Be("ok");
    }

    [Theory]
    [MemberData(nameof(Large))]
    public async Task What_was_given_up_does_not_fall_on_what_another_process_has_stored_meanwhile(int rows)
    {
        using (var database = Open())
            await database.WriteAsync(tx => Fill(tx, "ours", 10));
        using (var file = DatabaseFile.Open(_directory, alone: true))
        {
            using var ours = file.ConnectWriter();
            ours.Run("begin immediate");
            Fill(ours, "given up", rows);
            ours.Run("rollback");

            using (var other = file.Connect(SqliteOpenMode.ReadWrite))
                Fill(other, "theirs", 5_000);

            Fill(ours, "ours again", 10);
        }

        using var after = Open();
        (await CountAsync(after)).Should().Be(5_020);
        (await CheckAsync(after)).Should().Be("ok");
    }

    [Fact]
    public void A_commit_is_with_the_system_before_others_hear_of_it_whatever_its_size()
    {
        using (Open())
        {
        }

        using var file = DatabaseFile.Open(_directory, alone: true);
        using var ours = file.ConnectWriter();
        using var others = file.Connect(SqliteOpenMode.ReadOnly);
        // Not even a sync sends it off here.
        ours.Run("pragma synchronous = normal");
        for (var rows = 1; rows <= 80; rows++)
        {
            Fill(ours, $"{rows} rows", rows);
            others.Ask("select count(length(content)) from canned_replies").Should().Be(rows * (rows + 1) / 2);
        }

        others.Ask("select count(*) from pragma_integrity_check where integrity_check = 'ok'").Should().Be(1);
    }

    private Database Open() => new(_directory, TimeProvider.System, NullLogger<Database>.Instance);

    private static bool Fill(Transaction tx, string name, int rows) => Fill(tx.Connection, name, rows);

    /// <summary>Stores so many rows of about a page each.</summary>
    private static bool Fill(System.Data.Common.DbConnection connection, string name, int rows)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            $"""
            insert into canned_replies (id, shortcut, content, created_at)
              with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows})
              select '{name} ' || i, '{name} ' || i, hex(randomblob(1900)), '' from n
            """;
        return command.ExecuteNonQuery() == rows;
    }

    private static Task<long> CountAsync(Database database) => database.ReadAsync(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from canned_replies where length(content) >= 3800";
        return (long)command.ExecuteScalar()!;
    });

    private static async Task<string> CheckAsync(Database database) => await database.CheckAsync() ?? "ok";

    private static long WritesOfThisThread() => long.Parse(
        System.IO.File.ReadLines("/proc/thread-self/io").Single(line => line.StartsWith("syscw:", StringComparison.Ordinal))[6..], CultureInfo.InvariantCulture);
}
