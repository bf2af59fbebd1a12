using Dapper;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>Once an hour: erases old empty chats and old archived chats, and deletes whatever has expired.</summary>
internal sealed partial class Retention(
    Database database, UserCommands users, Presence presence, CurrentSettings settings, TimeProvider clock, ILogger<Retention> log)
    : BackgroundLoop(log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Most users erased in one run, each in its own transaction, so that other writes do not wait long.</summary>
    private const int MaxPerRun = 500;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
            await TrySweepAsync();
        while (await timer.WaitForNextTickAsync(stopping));
    }

    private async Task TrySweepAsync()
    {
        try
        {
            await SweepAsync();
        }
        catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
        {
            // For example a full disk or an overload. An hour later is soon enough.
            LogFailed(e);
        }
    }

    internal async Task SweepAsync()
    {
        await database.WriteAsync(tx =>
        {
            Sessions.Sweep(tx);
            ChatLinkKeys.Sweep(tx);
            SilentAddresses.Sweep(tx);
            return true;
        });
        var now = clock.GetUtcNow();
        if (settings.Value.Count("Retention:EmptyDays") is > 0 and var empty)
        {
            await EraseAsync("""
                select u.id from support_chats c join users u on u.id = c.user_id
                where c.last_message_at is null and c.created_at < @before limit @most
                """, now.AddDays(-empty));
        }

        if (settings.Value.Count("Retention:ArchivedDays") is > 0 and var archived)
        {
            await EraseAsync("""
                select user_id from support_chats
                where archived_at is not null and last_message_at is not null and archived_at < @before limit @most
                """, now.AddDays(-archived));
        }
    }

    private async Task EraseAsync([System.Diagnostics.CodeAnalysis.ConstantExpected] string due, DateTimeOffset before)
    {
        var ids = await database.ReadAsync(
            connection => connection.Query<string>(due, new { before = UtcText.Of(before), most = MaxPerRun }).ToList());
        foreach (var id in ids.Where(id => !presence.UserOnline(id)))
            await users.EraseAsync(id);
    }

    [LoggerMessage(LogLevel.Warning, "Deleting expired data failed; it will be tried again in an hour")]
    private partial void LogFailed(Exception e);
}
