using System.Data.Common;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Storage;

namespace LeanChat.Mail;

/// <summary>Sends the letters that are due, then sleeps until the next one is due or the outbox wakes it.</summary>
internal sealed partial class Mailer(
    Outbox outbox, AccountMail accounts, Smtp smtp, LetterLinks links, ReplyKeys replyKeys, Database database, CurrentSettings settings,
    TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<Mailer> log) : BackgroundLoop(log)
{
    /// <summary>How long to wait after the database failed.</summary>
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(10);

    private readonly Alarm _alarm = new(clock);

    /// <summary>True while it waits for the next letter to be due.</summary>
    internal bool Asleep => _alarm.IsAsleep;

    /// <summary>A letter that is being sent when the server stops is settled, or due again after the start.</summary>
    protected override async Task RunAsync(CancellationToken stopping)
    {
        outbox.Added += _alarm.Wake;
        settings.Changed += _alarm.Wake;
        // Logged only once the server listens: a failed start should log its own reason alone.
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
                    // Somebody waits for a link: letters about accounts go first.
                    while (await accounts.SendNextAsync(stopping) || await SendNextAsync(stopping))
                    {
                    }

                    await _alarm.SleepAsync(outbox.Ready ? await database.ReadAsync(NextDue) : null, stopping);
                }
                catch (Exception e) when (e is StorageException or DbException)
                {
                    // For example, a full disk. Nothing is lost: what is due stays due.
                    LogTrouble(e);
                    await Task.Delay(AfterTrouble, clock, stopping);
                }
            }
        }
        finally
        {
            outbox.Added -= _alarm.Wake;
            settings.Changed -= _alarm.Wake;
        }
    }

    private static DateTimeOffset? NextDue(DbConnection connection) =>
        (LetterStore.NextDue(connection), AdminLetterStore.NextDue(connection)) switch
        {
            ({ } letter, { } account) => letter < account ? letter : account,
            var (letter, account) => letter ?? account,
        };

    /// <summary>Takes one due letter, sends it and settles it. An error in one letter does not stop the others.</summary>
    private async Task<bool> SendNextAsync(CancellationToken stopping)
    {
        if (await database.WriteAsync(outbox.TryTake) is not { } id)
            return false;
        try
        {
            await SendAsync(id, stopping);
        }
        catch (Exception e) when (e is not (StorageException or DbException) && !stopping.IsCancellationRequested)
        {
            LogFailed(e, id);
            await database.WriteAsync(tx =>
            {
                outbox.Fail(tx, id, "LeanChat could not write this e-mail. The server's log says why.");
                return true;
            });
        }

        return true;
    }

    private async Task SendAsync(string id, CancellationToken stopping)
    {
        var replyKey = await replyKeys.OfAsync(id);
        var (parts, key) = await database.WriteAsync(tx =>
        {
            var prepared = outbox.Prepare(tx, id);
            if (prepared.Count > 0)
                ReplyKeyStore.Put(tx, replyKey, prepared);
            var isReply = prepared is [{ PendingLetter.Kind: PendingLetter.Reply }];
            return (prepared, isReply ? ChatKeyStore.New(tx, prepared[0].PendingLetter.ChatId) : null);
        });
        if (parts is not [var first, ..])
            return;
        var (now, answerable) = (clock.GetUtcNow(), outbox.Answerable);
        var letter = first.PendingLetter.Kind == PendingLetter.Reply
            ? Letter.Reply(first, settings.Value, links.ToChat(key!), await links.ToUnsubscribeAsync(id), now, answerable)
            : Letter.Missed(parts, settings.Value, links, now, answerable);
        var delivery = await smtp.SendAsync(letter.WithKey(replyKey, settings.Value), stopping);
        await database.WriteAsync(tx =>
        {
            foreach (var part in parts)
                Settle(tx, part, delivery);
            return true;
        });
        if (delivery.State == SmtpOutcome.Sent)
            LogSent(first.PendingLetter.Kind, id);
        else
            LogNotSent(first.PendingLetter.Kind, id, delivery.State);
    }

    private void Settle(Transaction tx, LetterContent part, SmtpResult delivery)
    {
        if (delivery.State == SmtpOutcome.Sent)
            outbox.Sent(tx, part.PendingLetter);
        else if (delivery.State == SmtpOutcome.Refused)
            outbox.Refused(tx, part.PendingLetter, part.Recipient, delivery.Error!);
        else if (delivery.State == SmtpOutcome.Impossible)
            outbox.Fail(tx, part.PendingLetter, delivery.Error!);
        else
            outbox.Postpone(tx, part.PendingLetter, delivery.Error!);
    }

    [LoggerMessage(
        LogLevel.Information,
        "E-mail is not set up, so none will be sent. Set LeanChat:Mail:Smtp:Host and LeanChat:Mail:From, or use the dashboard's settings")]
    private partial void LogNotSetUp();

    [LoggerMessage(LogLevel.Information, "An e-mail was sent: {Id} ({Kind})")]
    private partial void LogSent(string kind, string id);

    [LoggerMessage(LogLevel.Warning, "An e-mail was not sent: {Id} ({Kind}, {State})")]
    private partial void LogNotSent(string kind, string id, SmtpOutcome state);

    [LoggerMessage(LogLevel.Error, "An e-mail failed unexpectedly: {Id}")]
    private partial void LogFailed(Exception e, string id);

    [LoggerMessage(LogLevel.Error, "The outbox could not be read or written")]
    private partial void LogTrouble(Exception e);
}
