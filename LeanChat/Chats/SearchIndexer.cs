using System.Diagnostics;
using System.Threading.Channels;
using LeanChat.Background;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>
/// Adds messages to the full-text index in batches, about a second later: one by one, indexing would cost more than storing. A search
/// first has the newest messages indexed. Rows older than the index, or split into words by old rules, are indexed in the background.
/// </summary>
internal sealed partial class SearchIndexer(Database database, TimeProvider clock, ILogger<SearchIndexer> log) : BackgroundLoop(log)
{
    /// <summary>Messages in one transaction: more are cheaper, but other writes wait meanwhile, about 2 ms.</summary>
    private const int BatchSize = 250;

    private static readonly TimeSpan BatchDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _signal =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Tells the indexer that there is a new message.</summary>
    public void Signal() => _signal.Writer.TryWrite(true);

    /// <summary>Completes when every new message is indexed, or indexing is not possible now.</summary>
    public async Task CatchUpAsync()
    {
        while (await database.ReadAsync(SearchStore.IsBehind)
            && await TryAsync(tx => SearchStore.PutNewer(tx, BatchSize, LogSkipped)) is not null)
        {
        }
    }

    /// <summary>What is not indexed when the server stops is indexed after the next start.</summary>
    protected override async Task RunAsync(CancellationToken stopping)
    {
        Signal();
        // If one task fails, the other is stopped and both start again.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] tasks = [FollowAsync(stop.Token), PutOlderAsync(stop.Token)];
        try
        {
            await await Task.WhenAny(tasks);
            await Task.WhenAll(tasks);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        while (await _signal.Reader.ReadAsync(stopping))
        {
            await Task.Delay(BatchDelay, clock, stopping);
            await CatchUpAsync();
        }
    }

    /// <summary>Indexes older rows, newest first. Progress is stored in the same transaction, so it survives a crash.</summary>
    internal async Task PutOlderAsync(CancellationToken stopping)
    {
        while (await TryAsync(tx => SearchStore.RestartIfOutdated(tx) + UserWordStore.RestartIfOutdated(tx)) is null)
            await Task.Delay(RetryDelay, clock, stopping);
        var (users, messages) = await database.ReadAsync(
            connection => (UserWordStore.NotIndexed(connection), SearchStore.NotIndexed(connection)));
        if (users + messages == 0)
            return;
        LogStarted(messages, users);
        var logged = Stopwatch.GetTimestamp();
        for (long? left = messages; left != 0;)
        {
            stopping.ThrowIfCancellationRequested();
            // Users first: there are fewer, and names are searched most.
            left = await TryAsync(tx => UserWordStore.PutOlder(tx, BatchSize, LogPersonSkipped) is > 0 and var people
                ? messages + people
                : SearchStore.PutOlder(tx, BatchSize, LogSkipped));
            if (left is null)
                await Task.Delay(RetryDelay, clock, stopping);
            if (left is null || Stopwatch.GetElapsedTime(logged) < LogInterval)
                continue;
            logged = Stopwatch.GetTimestamp();
            LogProgress(messages - Math.Min(left.Value, messages), messages);
        }

        LogDone();
    }

    /// <summary>The result of a write; null if it is not possible now.</summary>
    private async Task<long?> TryAsync(Func<Transaction, long> write)
    {
        try
        {
            return await database.WriteAsync(write);
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Overloaded)
        {
            // Requests of people go first.
            Signal();
        }
        catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
        {
            // For example a full disk. The next message or search tries again; until then, searches find what is indexed.
            LogFailed(e);
        }

        return null;
    }

    [LoggerMessage(LogLevel.Warning, "The search index could not be written; it will be tried again")]
    private partial void LogFailed(Exception e);

    [LoggerMessage(LogLevel.Error, "The message in row {Row} could not be indexed for the search and is left out")]
    private partial void LogSkipped(Exception e, long row);

    [LoggerMessage(LogLevel.Error, "The person in row {Row} could not be indexed for the search and is left out")]
    private partial void LogPersonSkipped(Exception e, long row);

    [LoggerMessage(LogLevel.Information,
        "The search index is being built: {Messages} messages, {People} people. Until it is complete, a search finds only what is in it")]
    private partial void LogStarted(long messages, long people);

    [LoggerMessage(LogLevel.Information, "The search index is being built: {Done} of {Messages} messages are in it")]
    private partial void LogProgress(long done, long messages);

    [LoggerMessage(LogLevel.Information, "The search index is complete")]
    private partial void LogDone();
}
