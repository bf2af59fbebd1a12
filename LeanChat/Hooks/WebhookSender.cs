using System.Data.Common;
using LeanChat.Background;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Hooks;

/// <summary>
/// Sends what webhooks are to be told: each chat's events in order, several chats of a webhook at once, and no webhook waits for another.
/// </summary>
internal sealed partial class WebhookSender(
    WebhookList hooks, WebhookRequest request, WebhookStop stop, Database database, TimeProvider clock, ILogger<WebhookSender> log)
    : BackgroundLoop(log)
{
    /// <summary>So many chats of one webhook are told at once.</summary>
    private const int AtOnce = 10;

    /// <summary>A delivery is given up, and a webhook turned off, that takes nothing for so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>A try is over by then, unless this process has died: longer than a request may take.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>How long to wait after the database failed.</summary>
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(10);

    /// <summary>The pauses after the first tries; later ones are an hour apart.</summary>
    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)];

    private readonly Alarm _alarm = new(clock);
    private readonly Lock _changing = new();

    /// <summary>The lanes in which a request is on its way, by webhook.</summary>
    private readonly Dictionary<string, HashSet<string>> _busy = [];

    protected override async Task RunAsync(CancellationToken stopping)
    {
        hooks.Due += _alarm.Wake;
        try
        {
            while (true)
            {
                try
                {
                    foreach (var hook in hooks.All.Where(hook => hook.Enabled))
                        await StartDueAsync(hook, stopping);
                    await _alarm.SleepAsync(await database.ReadAsync(NextDue), stopping);
                }
                catch (Exception e) when (e is StorageException or DbException)
                {
                    // For example, a full disk. What is due stays due.
                    LogTrouble(e);
                    await Task.Delay(AfterTrouble, clock, stopping);
                }
            }
        }
        finally
        {
            hooks.Due -= _alarm.Wake;
        }
    }

    /// <summary>When the next delivery is due that is not due yet. What is due and cannot go now is woken by what is on its way.</summary>
    private DateTimeOffset? NextDue(DbConnection connection)
    {
        var now = UtcText.Of(clock.GetUtcNow());
        return hooks.All.Where(hook => hook.Enabled).Select(hook => WebhookDeliveryStore.NextDue(connection, hook.Id, now)).Min() is { } due
            ? UtcText.Parse(due)
            : null;
    }

    private async Task StartDueAsync(Webhook hook, CancellationToken stopping)
    {
        var busy = BusyLanes(hook.Id);
        var now = UtcText.Of(clock.GetUtcNow());
        if (busy.Count >= AtOnce || !await database.ReadAsync(connection => WebhookDeliveryStore.IsDue(connection, hook.Id, now)))
            return;
        foreach (var delivery in await database.WriteAsync(tx => Take(tx, hook, busy)))
        {
            lock (_changing)
                _busy[hook.Id].Add(delivery.Lane);
            _ = RunAsync(delivery, stopping);
        }
    }

    private HashSet<string> BusyLanes(string hookId)
    {
        lock (_changing)
        {
            if (!_busy.TryGetValue(hookId, out var lanes))
                _busy[hookId] = lanes = [];
            return [.. lanes];
        }
    }

    /// <summary>
    /// Takes what is due and may go. It counts as tried from here on: if this process dies, it is due again, under the same id.
    /// </summary>
    private static List<WebhookDelivery> Take(Transaction tx, Webhook hook, HashSet<string> busy)
    {
        var due = WebhookDeliveryStore.Due(tx, hook.Id, AtOnce + busy.Count)
            .Where(delivery => !busy.Contains(delivery.Lane)).Take(AtOnce - busy.Count).ToList();
        foreach (var delivery in due)
            WebhookDeliveryStore.CountTry(tx, delivery, tx.Now + Lease);
        return due;
    }

    /// <summary>Sends one delivery and settles it. Nobody waits for this, so nothing is thrown.</summary>
    private async Task RunAsync(WebhookDelivery delivery, CancellationToken stopping)
    {
        try
        {
            // As it is now: its address or secret may have changed while this waited.
            if (hooks.All.FirstOrDefault(hook => hook.Id == delivery.WebhookId) is not { Enabled: true } hook)
                return;
            var result = await request.SendAsync(hook, delivery.Id, delivery.Body, stopping);
            await database.WriteAsync(tx =>
            {
                Settle(tx, delivery, result);
                return true;
            });
            if (!result.IsTaken)
                LogNotTaken(delivery.Id, delivery.WebhookId, result.Status);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            // The lease ends, and it is tried again.
            LogFailed(e, delivery.Id);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // The server stops: it is due again after the start.
        }
        finally
        {
            lock (_changing)
                _busy[delivery.WebhookId].Remove(delivery.Lane);
            _alarm.Wake();
        }
    }

    private void Settle(Transaction tx, WebhookDelivery delivery, WebhookResult result)
    {
        if (WebhookStore.Find(tx.Connection, delivery.WebhookId) is not { } hook)
            return;
        if (result.IsTaken)
        {
            WebhookStore.SetWorking(tx, hook.Id);
            WebhookDeliveryStore.Settle(tx, delivery, "sent", result.Status, null);
            if (hook.FailingSince is not null)
                hooks.Changed(tx);
            return;
        }

        var isStopped = result.IsGone || (hook.FailingSince is { } since && tx.Now - UtcText.Parse(since) >= Patience);
        if (isStopped || tx.Now - UtcText.Parse(delivery.TriedAt) >= Patience)
            WebhookDeliveryStore.Settle(tx, delivery, "failed", result.Status, result.Message);
        else
            WebhookDeliveryStore.PutOff(tx, delivery, tx.Now + Pause(delivery.Attempts), result.Status, result.Message);
        if (hook.FailingSince is null)
            WebhookStore.SetFailing(tx, hook.Id);
        if (isStopped)
            stop.Stop(tx, hook, result.IsGone ? Webhook.Gone : Webhook.Failing);
        hooks.Changed(tx);
    }

    private static TimeSpan Pause(long attempts) => attempts <= Pauses.Length ? Pauses[attempts - 1] : TimeSpan.FromHours(1);

    [LoggerMessage(LogLevel.Warning, "A webhook did not take an event: {Id} ({Webhook}, {Status})")]
    private partial void LogNotTaken(string id, string webhook, int? status);

    [LoggerMessage(LogLevel.Error, "A webhook event failed unexpectedly: {Id}")]
    private partial void LogFailed(Exception e, string id);

    [LoggerMessage(LogLevel.Error, "Webhook events could not be read or written")]
    private partial void LogTrouble(Exception e);
}
