using System.Threading.Channels;
using LeanChat.Background;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>
/// Puts what was said into the full text, many messages at once and a moment later: one by one that costs more than storing
/// them. A search has the rest put in first, so that it finds everything.
/// </summary>
internal sealed partial class WordIndex(Database database, TimeProvider clock, ILogger<WordIndex> log) : BackgroundLoop(log)
{
    /// <summary>Messages in one go: the more the cheaper, but meanwhile others wait to write, some 2 ms.</summary>
    private const int AtOnce = 250;

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Something was said.</summary>
    public void Ring() => _bell.Writer.TryWrite(true);

    /// <summary>Completes when everything that was said before is in, or cannot be put in now.</summary>
    public async Task CatchUpAsync()
    {
        try
        {
            while (await database.ReadAsync(IsBehind))
                await database.WriteAsync(PutIn);
        }
        catch (StorageException e) when (e.Trouble == StorageTrouble.Overloaded)
        {
            // People come first.
            Ring();
        }
        catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
        {
            // A full disk or a busy moment: the next message, or a search, tries again; until then the rest is found.
            LogFailed(e);
        }
    }

    /// <summary>What is not in when the server stops is put in after the next start.</summary>
    protected override async Task RunAsync(CancellationToken stopping)
    {
        Ring();
        while (await _bell.Reader.ReadAsync(stopping))
        {
            await Task.Delay(Moment, clock, stopping);
            await CatchUpAsync();
        }
    }

    private static bool IsBehind(System.Data.Common.DbConnection connection)
    {
        using var behind = connection.Prepared("select 1 from support_messages where row > (select row from message_words_reach) limit 1");
        return behind.Next();
    }

    private static bool PutIn(Transaction tx)
    {
        var (from, upTo) = (Ask("select row from message_words_reach"), Ask(
            "select coalesce(max(row), 0) from (select row from support_messages where row > (select row from message_words_reach) order by row limit @atOnce)", AtOnce));
        if (upTo <= from)
            return false;
        tx.Connection.Prepared("insert into message_words (rowid, content) select row, content from support_messages where row > @from and row <= @upTo")
            .With(from).With(upTo).Run();
        tx.Connection.Prepared("update message_words_reach set row = @upTo").With(upTo).Run();
        return true;

        long Ask(string query, long? limit = null)
        {
            using var answer = tx.Connection.Prepared(query);
            if (limit is { } most)
                answer.With(most);
            answer.Next();
            return answer.Number();
        }
    }

    [LoggerMessage(LogLevel.Warning, "What was said could not be put into the full text; it will be tried again")]
    private partial void LogFailed(Exception e);
}
