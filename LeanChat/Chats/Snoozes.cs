using LeanChat.Background;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>
/// Chats that an admin wants to see again later. A snooze ends by the user's next message, when the chat is archived, by hand, or when its
/// time has come: then the chat is unread until somebody opens it.
/// </summary>
internal sealed partial class Snoozes(Database database, ChatCommands chats, TimeProvider clock, ILogger<Snoozes> log) : BackgroundLoop(log)
{
    /// <summary>So many end in one transaction.</summary>
    private const int AtOnce = 100;

    /// <summary>How long to wait after the database failed.</summary>
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(1);

    private readonly Alarm _alarm = new(clock);

    /// <summary>Leaves a chat out of the active list until a time.</summary>
    public Task<Outcome<SupportChatListItem>> SnoozeAsync(string chatId, string? until) =>
        ChangeAsync(chatId, (tx, chat) =>
        {
            if (until is null || !UtcText.TryRead(until, out var time) || UtcText.WholeMilliseconds(time) <= tx.Now
                || time > tx.Now.AddYears(1))
                return ApiError.BadRequest("`until` must be a time like 2026-11-22T09:19:49.414Z, later than now and within a year.");
            if (chat.ArchivedAt is not null)
                return ApiError.Conflict("This chat is archived. Restore it first.");
            return chat with { SnoozedUntil = UtcText.Of(time) };
        });

    /// <summary>Ends a snooze by hand. Doing it twice changes nothing.</summary>
    public Task<Outcome<SupportChatListItem>> UnsnoozeAsync(string chatId) =>
        ChangeAsync(chatId, (_, chat) => chat with { SnoozedUntil = null });

    private Task<Outcome<SupportChatListItem>> ChangeAsync(string chatId, Func<Transaction, Chat, Outcome<Chat>> change) =>
        chats.ChangeAsync(chatId, (tx, chat) =>
        {
            var changed = change(tx, chat);
            if (changed.Is(out var after, out _) && after != chat)
            {
                DeskStore.SetSnooze(tx, after);
                tx.AfterCommit(_alarm.Wake);
            }

            return changed;
        });

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                var next = await database.ReadAsync(DeskStore.NextWaking);
                if (next is not null && UtcText.Parse(next) <= clock.GetUtcNow())
                    await database.WriteAsync(WakeDue);
                else
                    await _alarm.SleepAsync(next is null ? null : UtcText.Parse(next), stopping);
            }
            catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
            {
                // For example, a full disk. What is due stays due.
                LogTrouble(e);
                await Task.Delay(AfterTrouble, clock, stopping);
            }
        }
    }

    private bool WakeDue(Transaction tx)
    {
        foreach (var chat in DeskStore.Waking(tx, AtOnce))
        {
            DeskStore.Wake(tx, chat);
            tx.AfterCommit(() => chats.Announce(chat with { SnoozedUntil = null, Unread = true }));
        }

        return true;
    }

    [LoggerMessage(LogLevel.Error, "Snoozed chats could not be read or written")]
    private partial void LogTrouble(Exception e);
}
