using Dapper;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>Once an hour: forgets chats in which nothing was ever said, archived ones past their time, and what has expired.</summary>
internal sealed partial class Retention(
    Database database, ChatCommands commands, Sessions sessions, Presence presence, CurrentSettings settings, TimeProvider clock, ILogger<Retention> log) : BackgroundLoop(log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Erased one by one, so that no chat waits for a long transaction.</summary>
    private const int AtOnce = 500;

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
            // A full disk or a busy moment: nothing is lost by forgetting an hour later.
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
            await EraseAsync("select user_id from support_chats where archived_at is not null and last_message_at is not null and archived_at < @before limit @most", now.AddDays(-archived));
        }
    }

    private async Task EraseAsync([System.Diagnostics.CodeAnalysis.ConstantExpected] string due, DateTimeOffset before)
    {
        var users = await database.ReadAsync(connection => connection.Query<string>(due, new { before = UtcText.Of(before), most = AtOnce }).ToList());
        foreach (var user in users.Where(user => !presence.UserOnline(user)))
            await commands.EraseAsync(user, sessions);
    }

    [LoggerMessage(LogLevel.Warning, "Forgetting what is past its time failed; it will be tried again in an hour")]
    private partial void LogFailed(Exception e);
}
