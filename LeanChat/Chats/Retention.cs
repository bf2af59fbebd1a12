using System.Data.Common;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;

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
        catch (Exception e) when (e is StorageException or DbException)
        {
            // For example a full disk or an overload. An hour later is soon enough.
            LogFailed(e);
        }
    }

    internal async Task SweepAsync()
    {
        await database.WriteAsync(tx =>
        {
            SessionStore.Sweep(tx);
            ChatKeyStore.Sweep(tx);
            SilentAddressStore.Sweep(tx);
            AdminLetterStore.Sweep(tx);
            PasswordResetStore.Sweep(tx);
            AdminDeviceStore.Sweep(tx);
            AdminInviteStore.Sweep(tx);
            ReplyKeyStore.Sweep(tx, settings.Value.Count("Mail:ReplyDays"));
            MailboxStore.Sweep(tx);
            return true;
        });
        var now = clock.GetUtcNow();
        if (settings.Value.Count("Retention:EmptyDays") is > 0 and var empty)
            await EraseAsync(connection => ChatStore.UsersOfEmpty(connection, now.AddDays(-empty), MaxPerRun));
        if (settings.Value.Count("Retention:ArchivedDays") is > 0 and var archived)
            await EraseAsync(connection => ChatStore.UsersOfArchived(connection, now.AddDays(-archived), MaxPerRun));
    }

    private async Task EraseAsync(Func<DbConnection, IReadOnlyList<string>> due)
    {
        foreach (var id in (await database.ReadAsync(due)).Where(id => !presence.UserOnline(id)))
            await users.EraseAsync(id);
    }

    [LoggerMessage(LogLevel.Warning, "Deleting expired data failed; it will be tried again in an hour")]
    private partial void LogFailed(Exception e);
}
