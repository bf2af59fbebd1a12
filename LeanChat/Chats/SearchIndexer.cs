using System.Diagnostics;
using System.Threading.Channels;
using LeanChat.Background;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>
/// Puts what was said into the full text, many messages at once and a moment later: one by one that costs more than storing
/// them. A search has the newest put in first. What was there before the index, or was split by other rules, follows while serving.
/// </summary>
internal sealed partial class SearchIndexer(Database database, TimeProvider clock, ILogger<SearchIndexer> log) : BackgroundLoop(log)
{
    /// <summary>Messages in one go: the more the cheaper, but meanwhile others wait to write, some 2 ms.</summary>
    private const int AtOnce = 250;

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _bell =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Something was said.</summary>
    public void Ring() => _bell.Writer.TryWrite(true);

    /// <summary>Completes when everything that was said since the index began is in, or cannot be put in now.</summary>
    public async Task CatchUpAsync()
    {
        while (await database.ReadAsync(SearchStore.IsBehind)
            && await TryAsync(tx => SearchStore.PutNewer(tx, AtOnce, LogSkipped)) is not null)
        {
        }
    }

    /// <summary>What is not in when the server stops is put in after the next start.</summary>
    protected override async Task RunAsync(CancellationToken stopping)
    {
        Ring();
        // One that fails ends the other, and both begin again.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] both = [FollowAsync(either.Token), PutOlderAsync(either.Token)];
        try
        {
            await await Task.WhenAny(both);
            await Task.WhenAll(both);
        }
        finally
        {
            await either.CancelAsync();
            await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        while (await _bell.Reader.ReadAsync(stopping))
        {
            await Task.Delay(Moment, clock, stopping);
            await CatchUpAsync();
        }
    }

    /// <summary>Goes back from the newest row that is not in. How far it got is stored with the words, for after a kill.</summary>
    internal async Task PutOlderAsync(CancellationToken stopping)
    {
        while (await TryAsync(tx => SearchStore.Begin(tx) + UserIndex.Begin(tx)) is null)
            await Task.Delay(AfterTrouble, clock, stopping);
        var (users, messages) = await database.ReadAsync(
            connection => (UserIndex.NotIndexed(connection), SearchStore.NotIndexed(connection)));
        if (users + messages == 0)
            return;
        LogBegun(messages, users);
        var told = Stopwatch.GetTimestamp();
        for (long? left = messages; left != 0;)
        {
            stopping.ThrowIfCancellationRequested();
            // People first: there are fewer, and their names are what is looked for.
            left = await TryAsync(tx => UserIndex.PutOlder(tx, AtOnce, LogPersonSkipped) is > 0 and var people
                ? messages + people
                : SearchStore.PutOlder(tx, AtOnce, LogSkipped));
            if (left is null)
                await Task.Delay(AfterTrouble, clock, stopping);
            if (left is null || Stopwatch.GetElapsedTime(told) < BetweenLines)
                continue;
            told = Stopwatch.GetTimestamp();
            LogProgress(messages - Math.Min(left.Value, messages), messages);
        }

        LogDone();
    }

    /// <summary>The result of a write; null when it cannot be done now.</summary>
    private async Task<long?> TryAsync(Func<Transaction, long> write)
    {
        try
        {
            return await database.WriteAsync(write);
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Overloaded)
        {
            // People come first.
            Ring();
        }
        catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
        {
            // A full disk or a busy moment: the next message, or a search, tries again; until then the rest is found.
            LogFailed(e);
        }

        return null;
    }

    [LoggerMessage(LogLevel.Warning, "The search index could not be written; it will be tried again")]
    private partial void LogFailed(Exception e);

    [LoggerMessage(LogLevel.Error, "The message in row {Row} could not be put into the search index and is left out; the others go on")]
    private partial void LogSkipped(Exception e, long row);

    [LoggerMessage(LogLevel.Error, "The person in row {Row} could not be put into the search index and is left out; the others go on")]
    private partial void LogPersonSkipped(Exception e, long row);

    [LoggerMessage(LogLevel.Information,
        "The search index is being made: {Messages} messages, {People} people. Meanwhile a search finds what is in it")]
    private partial void LogBegun(long messages, long people);

    [LoggerMessage(LogLevel.Information, "The search index is being made: {Done} of {Messages} messages are in")]
    private partial void LogProgress(long done, long messages);

    [LoggerMessage(LogLevel.Information, "The search index is complete")]
    private partial void LogDone();
}
