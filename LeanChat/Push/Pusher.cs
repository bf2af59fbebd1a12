using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Push;

/// <summary>Sends the notifications that are due, then sleeps until the next one is due or a message wakes it.</summary>
internal sealed partial class Pusher(
    PushQueue queue, PushKeys keys, PushSender sender, AdminActivity activity, Database database, CurrentSettings settings,
    TimeProvider clock, ILogger<Pusher> log) : BackgroundLoop(log)
{
    /// <summary>A push service that takes nothing is asked for so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);

    /// <summary>How long to wait after the database failed.</summary>
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(10);

    /// <summary>So many are sent at once: a slow push service holds up few others.</summary>
    private const int AtOnce = 32;

    private readonly Alarm _alarm = new(clock);

    /// <summary>True while it waits for the next notification to be due.</summary>
    internal bool Asleep => _alarm.IsAsleep;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        queue.Added += _alarm.Wake;
        try
        {
            while (true)
            {
                try
                {
                    while (await SendDueAsync(stopping))
                    {
                    }

                    await _alarm.SleepAsync(await database.ReadAsync(PushStore.NextDue), stopping);
                }
                catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
                {
                    // For example, a full disk. What is due stays due.
                    LogTrouble(e);
                    await Task.Delay(AfterTrouble, clock, stopping);
                }
            }
        }
        finally
        {
            queue.Added -= _alarm.Wake;
        }
    }

    /// <returns>Whether there was anything to send.</returns>
    private async Task<bool> SendDueAsync(CancellationToken stopping)
    {
        if (await database.ReadAsync(PushStore.NextDue) is not { } due || due > clock.GetUtcNow())
            return false;
        var key = await keys.GetAsync();
        var attempts = await database.WriteAsync(Take);
        await Task.WhenAll(attempts.Select(attempt => SendAsync(attempt, key, stopping)));
        return true;
    }

    /// <summary>
    /// Takes what is due. It counts as tried from here on: if the server dies before it is settled, it is sent again, and the device
    /// shows the same notification once.
    /// </summary>
    private List<(PushDelivery Delivery, PushNews News)> Take(Transaction tx)
    {
        var devices = new Lazy<IReadOnlyList<PushDevice>>(() => PushStore.AllDevices(tx));
        foreach (var chatId in PushStore.TakeDue(tx))
        {
            foreach (var device in devices.Value.Where(device => Wants(tx, chatId, device)))
                PushStore.AddDelivery(tx, chatId, device.Id, tx.Now + Patience);
        }

        var attempts = new List<(PushDelivery, PushNews)>();
        foreach (var delivery in PushStore.DueDeliveries(tx, AtOnce))
        {
            // Nobody waits any more, the admin has it before their eyes, or another takes care of it now.
            if (!Wants(tx, delivery.ChatId, delivery.Device) || PushStore.News(tx.Connection, delivery.ChatId) is not { } news)
            {
                PushStore.Settle(tx, delivery);
                continue;
            }

            var again = tx.Now + Backoff(delivery.Attempts);
            PushStore.CountAttempt(tx, delivery, again);
            attempts.Add((delivery with { DueAt = UtcText.Of(again) }, news));
        }

        return attempts;
    }

    /// <summary>Whether a device's admin takes care of the chat, and has no dashboard in sight.</summary>
    private bool Wants(Transaction tx, string chatId, PushDevice device) =>
        !activity.IsVisible(device.AdminId)
        && (PushStore.AssigneeOf(tx, chatId) is not { } assignee || assignee == device.AdminId);

    private async Task SendAsync((PushDelivery Delivery, PushNews News) attempt, VapidKey key, CancellationToken stopping)
    {
        var (delivery, news) = attempt;
        PushResult result;
        try
        {
            var tag = key.Tag(delivery.ChatId);
            var text = PushMessage.Of(delivery.ChatId, news, tag, settings.Value.PathBase).ToJson();
            result = await sender.SendAsync(delivery.Device, text, tag, stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            // One device must not hold up the others.
            LogFailed(e, delivery.Device.Id);
            result = new PushResult(400, "LeanChat could not write this notification; the server's log says why.");
        }

        await database.WriteAsync(tx =>
        {
            Settle(tx, delivery, result);
            return true;
        });
    }

    private static void Settle(Transaction tx, PushDelivery delivery, PushResult result)
    {
        if (result.IsGone)
        {
            PushStore.Forget(tx, delivery.Device.Id);
            return;
        }

        if (result.IsTaken)
            PushStore.SetSent(tx, delivery.Device.Id);
        else
            PushStore.SetError(tx, delivery.Device.Id, result.Message);
        var again = tx.Now + (result.RetryAfter ?? Backoff(delivery.Attempts));
        if (result.MayRetry && again <= UtcText.Parse(delivery.Until))
            PushStore.PutOff(tx, delivery, again);
        else
            PushStore.Settle(tx, delivery);
    }

    private static TimeSpan Backoff(long attempts) =>
        TimeSpan.FromTicks(Math.Min(LongestRetry.Ticks, FirstRetry.Ticks << (int)Math.Min(attempts, 6)));

    [LoggerMessage(LogLevel.Error, "A notification failed unexpectedly, for device {Device}")]
    private partial void LogFailed(Exception e, string device);

    [LoggerMessage(LogLevel.Error, "Notifications could not be read or written")]
    private partial void LogTrouble(Exception e);
}
