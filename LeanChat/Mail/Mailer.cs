using System.Threading.Channels;
using LeanChat.Storage;

namespace LeanChat.Mail;

/// <summary>Sends what is due, then sleeps exactly until the next letter is, or until it is rung.</summary>
internal sealed partial class Mailer(Outbox outbox, Smtp smtp, Links links, Database database, CurrentSettings settings, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<Mailer> log) : BackgroundService
{
    /// <summary>So much time does not pass between two statements, unless the clock is set.</summary>
    private static readonly TimeSpan ClockJump = TimeSpan.FromMilliseconds(500);

    /// <summary>How long to leave a database alone that would not take a write.</summary>
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>True while it waits for the next letter's hour.</summary>
    internal bool Asleep { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        outbox.Rang += Ring;
        settings.Changed += Ring;
        // Nothing is told of a server that does not come to listen.
        lifetime.ApplicationStarted.Register(() =>
        {
            if (!outbox.Ready)
                LogNotSetUp();
        });
        try
        {
            while (true)
            {
                try
                {
                    while (await SendNextAsync(stoppingToken))
                    {
                    }

                    await SleepAsync(outbox.Ready ? await database.ReadAsync(Outbox.NextDue) : null, stoppingToken);
                }
                catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
                {
                    // A full disk, say. Nothing is lost: what is due stays due.
                    LogTrouble(e);
                    await Task.Delay(AfterTrouble, clock, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops, and so does this. A letter on its way is settled or due again.
        }
        finally
        {
            outbox.Rang -= Ring;
            settings.Changed -= Ring;
        }
    }

    private void Ring() => _bell.Writer.TryWrite(true);

    private async Task SleepAsync(DateTimeOffset? until, CancellationToken stopping)
    {
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var rung = _bell.Reader.ReadAsync(awake.Token).AsTask();
        var now = clock.GetUtcNow();
        var due = until is { } time ? Task.Delay(Positive(time - now), clock, awake.Token) : Task.Delay(Timeout.Infinite, awake.Token);
        // A clock that is set just now would let it oversleep.
        if ((clock.GetUtcNow() - now).Duration() < ClockJump)
        {
            Asleep = true;
            await await Task.WhenAny(rung, due);
            Asleep = false;
        }

        await awake.CancelAsync();
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    /// <summary>Takes one due letter, sends it, settles it: two transactions with the mail server's answer in between.</summary>
    private async Task<bool> SendNextAsync(CancellationToken stopping)
    {
        var (found, outgoing, key) = await database.WriteAsync(tx =>
        {
            var taken = outbox.TryTake(tx, out var next);
            return (taken, next, next?.Due.Kind == Due.Reply ? ChatKeys.New(tx, next.Due.ChatId) : null);
        });
        if (outgoing is null)
            return found;
        var (now, due) = (settings.Value, outgoing.Due);
        var letter = due.Kind == Due.Reply
            ? Letter.Reply(outgoing, now.AppName, now["Mail:From"], links.ToChat(key!), await links.ToUnsubscribeAsync(due.Id), clock.GetUtcNow())
            : Letter.Missed(outgoing, now.AppName, now["Mail:From"], links.ToDesk(due.ChatId), clock.GetUtcNow());
        var delivery = await smtp.SendAsync(letter, stopping);
        await database.WriteAsync(tx =>
        {
            if (delivery.State == DeliveryState.Sent)
                outbox.Sent(tx, due);
            else if (delivery.State == DeliveryState.Bounced)
                outbox.Bounced(tx, due, outgoing.Recipient, delivery.Error!);
            else
                outbox.Postpone(tx, due, delivery.Error!);
            return true;
        });
        Log(due, delivery);
        return true;
    }

    private void Log(Due due, Delivery delivery)
    {
        if (delivery.State == DeliveryState.Sent)
            LogSent(due.Kind, due.Id);
        else
            LogNotSent(due.Kind, due.Id, delivery.State);
    }

    [LoggerMessage(LogLevel.Information, "Mail is not set up: no letters will be sent. Set LeanChat:Mail:Smtp:Host and LeanChat:Mail:From, or use the dashboard's settings")]
    private partial void LogNotSetUp();

    [LoggerMessage(LogLevel.Information, "A {Kind} letter was sent: {Id}")]
    private partial void LogSent(string kind, string id);

    [LoggerMessage(LogLevel.Warning, "A {Kind} letter was not sent: {Id}, {State}")]
    private partial void LogNotSent(string kind, string id, DeliveryState state);

    [LoggerMessage(LogLevel.Error, "The outbox could not be read or written")]
    private partial void LogTrouble(Exception e);
}
