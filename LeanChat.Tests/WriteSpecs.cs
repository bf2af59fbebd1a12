using System.Collections.Concurrent;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LeanChat.Tests;

/// <summary>One writer and groups of writes: what shares a commit, what is announced, what is refused.</summary>
public sealed class WriteSpecs : StorageStories
{
    [Fact]
    public async Task A_write_that_fails_takes_nothing_else_with_it()
    {
        using var database = Open();
        using var gate = new Gate(database);
        var writes = Enumerable.Range(0, 20).Select(number => database.WriteAsync(tx =>
        {
            Insert(tx, $"{number}");
            if (number % 5 == 1)
                throw new InvalidOperationException($"{number} failed");
            if (number % 5 == 2)
                Insert(tx, $"{number}");
            return number;
        })).ToArray();
        gate.Open();

        for (var number = 0; number < writes.Length; number++)
        {
            var wait = async () => await writes[number].WaitAsync(Patience);
            if (number % 5 == 1)
                (await wait.Should().ThrowAsync<InvalidOperationException>()).WithMessage($"{number} failed");
            else if (number % 5 == 2)
                (await wait.Should().ThrowAsync<SqliteException>()).WithMessage("*UNIQUE*");
            else
                (await writes[number].WaitAsync(Patience)).Should().Be(number);
        }

        (await RowsAsync(database))
            .Should().BeEquivalentTo(Enumerable.Range(0, 20).Where(number => number % 5 is 0 or 3 or 4).Select(number => $"{number}"));
    }

    [Fact]
    public async Task What_is_announced_is_on_disk_already()
    {
        using var database = Open();
        var seen = new List<string>();
        using var gate = new Gate(database);
        var writes = Enumerable.Range(0, 5).Select(number => database.WriteAsync(tx =>
        {
            Insert(tx, $"{number}");
            tx.AfterCommit(() => seen.Add($"{number}: {CountElsewhere()}"));
            return number;
        })).ToArray();
        gate.Open();
        await Task.WhenAll(writes).WaitAsync(Patience);

        // One after the other, in the order of the writes, when all that share the commit can be read by anybody.
        seen.Should().Equal("0: 5", "1: 5", "2: 5", "3: 5", "4: 5");
    }

    [Fact]
    public async Task What_is_announced_is_announced_before_the_next_write()
    {
        using var database = Open();
        var events = new ConcurrentQueue<string>();
        Task<int>? later = null;
        var first = database.WriteAsync(tx =>
        {
            events.Enqueue("first written");
            tx.AfterCommit(() =>
            {
                later = database.WriteAsync(_ =>
                {
                    events.Enqueue("second written");
                    return 2;
                });
                events.Enqueue("first announced");
            });
            tx.AfterCommit(() => events.Enqueue("first announced to the end"));
            return 1;
        });

        (await first.WaitAsync(Patience)).Should().Be(1);
        events.Should().Contain("first announced to the end", "a write is done when it has been announced");
        (await later!.WaitAsync(Patience)).Should().Be(2);
        events.Should().Equal("first written", "first announced", "first announced to the end", "second written");
    }

    [Fact]
    public async Task What_fails_is_not_announced()
    {
        using var database = Open();
        var announced = false;

        var write = async () => await database.WriteAsync<int>(tx =>
        {
            tx.AfterCommit(() => announced = true);
            throw new InvalidOperationException("no");
        });

        await write.Should().ThrowAsync<InvalidOperationException>();
        (await database.WriteAsync(_ => 1)).Should().Be(1);
        announced.Should().BeFalse();
    }

    [Fact]
    public async Task An_announcement_that_fails_ends_neither_the_write_nor_the_writer()
    {
        using var database = Open();

        (await database.WriteAsync(tx =>
        {
            Insert(tx, "a");
            tx.AfterCommit(() => throw new InvalidOperationException("nobody listens"));
            return 1;
        }).WaitAsync(Patience)).Should().Be(1);

        (await database.WriteAsync(_ => 2).WaitAsync(Patience)).Should().Be(2);
        (await RowsAsync(database)).Should().Equal("a");
    }

    [Fact]
    public async Task An_announcement_that_fails_leaves_the_others_of_its_write()
    {
        using var database = Open();
        var heard = new List<string>();

        await database.WriteAsync(tx =>
        {
            tx.AfterCommit(() => heard.Add("first"));
            tx.AfterCommit(() => throw new InvalidOperationException("nobody listens"));
            tx.AfterCommit(() => heard.Add("third"));
            return 1;
        }).WaitAsync(Patience);

        heard.Should().Equal("first", "third");
    }

    [Fact]
    public async Task A_read_sees_one_moment_and_changes_nothing()
    {
        using var database = Open();
        await database.WriteAsync(tx => Insert(tx, "a"));
        using var between = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();

        var read = database.ReadAsync(connection =>
        {
            var before = Scalar(connection, "select count(*) from canned_replies");
            begun.Set();
            between.Wait(Patience).Should().BeTrue();
            return (before, Scalar(connection, "select count(*) from canned_replies"));
        });
        begun.Wait(Patience).Should().BeTrue();
        await database.WriteAsync(tx => Insert(tx, "b"));
        between.Set();

        (await read.WaitAsync(Patience)).Should().Be((1L, 1L));
        (await RowsAsync(database)).Should().Equal("a", "b");
        var write = async () => await database.ReadAsync(connection => Scalar(connection, "delete from canned_replies returning 1"));
        await write.Should().ThrowAsync<SqliteException>();
        (await RowsAsync(database)).Should().Equal("a", "b");
    }

    [Fact]
    public async Task A_transaction_happens_at_one_time_in_whole_milliseconds()
    {
        using var database = new SqliteDatabase(
            Folder,
            new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 9, 19, 49, TimeSpan.Zero).AddTicks(4_147_999)),
            NullLogger<Database>.Instance);

        (await database.WriteAsync(tx => (tx.At, tx.Now)))
            .Should().Be(("2026-11-22T09:19:49.414Z", new DateTimeOffset(2026, 11, 22, 9, 19, 49, 414, TimeSpan.Zero)));
    }

    [Fact]
    public async Task When_too_many_writes_wait_the_next_is_refused_at_once()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        using var gate = new Gate(server.Database);
        var waiting = Enumerable.Range(0, Writer.QueueLength).Select(_ => server.Database.WriteAsync(_ => true)).ToArray();

        var reply = await visitor.PostAsync("Hello!", "c1").WaitAsync(Patience);
        reply.Status.Should().Be(503);
        reply.Error.Should().Be("overloaded");
        reply.Header("Retry-After").Should().NotBeNull();
        var health = await server.AskAsync(HttpMethod.Get, "/healthz");
        health.Status.Should().Be(503);
        health.Text.Should().StartWith("overloaded");

        gate.Open();
        await Task.WhenAll(waiting).WaitAsync(Patience);
        (await visitor.PostAsync("Hello!", "c1")).Status.Should().Be(201, "it was not stored before");
    }

    private object? CountElsewhere()
    {
        using var connection = Connect();
        return Scalar(connection, "select count(*) from canned_replies");
    }
}
