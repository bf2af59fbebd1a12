using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>
/// Reads the mailbox: first what arrived while nobody looked, then each mail as it arrives. A mail is found by its number, never by a
/// flag, because people read the mailbox too.
/// </summary>
internal sealed partial class MailboxReader(
    Imap imap, EmailReplies replies, MailboxState state, Database database, CurrentSettings settings, TimeProvider clock,
    ILogger<MailboxReader> log) : BackgroundLoop(log)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    /// <summary>How soon a mail is tried again that waits for the message limits.</summary>
    private static readonly TimeSpan WaitingMail = TimeSpan.FromMinutes(1);

    /// <summary>A mail that arrived this long ago and was taken may still have to be marked as seen: the server died in between.</summary>
    private static readonly TimeSpan Unmarked = TimeSpan.FromDays(2);

    private readonly Alarm _alarm = new(clock);
    private CancellationTokenSource _changed = new();

    /// <summary>True while it waits to try again, or for a mailbox to be set.</summary>
    internal bool Asleep => _alarm.IsAsleep;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        settings.Changed += OnChanged;
        try
        {
            var retry = FirstRetry;
            while (true)
            {
                _changed = new CancellationTokenSource();
                if (!Imap.IsSet(settings.Value))
                {
                    state.Set(null);
                    await _alarm.SleepAsync(null, stopping);
                    continue;
                }

                try
                {
                    using var session = await imap.OpenAsync(stopping);
                    await MarkTakenAsync(session, stopping);
                    while (await LookAsync(session, stopping))
                        retry = FirstRetry;
                    continue;
                }
                catch (MailboxException e)
                {
                    state.Set(e.Message);
                    LogUnreachable(e.Detail is { } detail ? $"{e.Message} ({detail})" : e.Message);
                }
                catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
                {
                    // For example, a full disk. Nothing is lost: what was not taken stays in the mailbox.
                    LogTrouble(e);
                }

                await _alarm.SleepAsync(clock.GetUtcNow() + retry, stopping);
                retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
            }
        }
        finally
        {
            settings.Changed -= OnChanged;
        }
    }

    private void OnChanged()
    {
        _changed.Cancel();
        _alarm.Wake();
    }

    /// <summary>Takes what is new, then waits for more. False if another mailbox was set meanwhile.</summary>
    private async Task<bool> LookAsync(ImapSession session, CancellationToken stopping)
    {
        var mailbox = Imap.Fingerprint(settings.Value);
        var waiting = await TakeNewAsync(session, stopping);
        state.Set(null);
        await session.WaitAsync(waiting ? WaitingMail : TimeSpan.MaxValue, _changed.Token, stopping);
        if (!_changed.IsCancellationRequested)
            return true;
        _changed = new CancellationTokenSource();
        return Imap.Fingerprint(settings.Value) == mailbox;
    }

    /// <summary>Whether a mail waits for the message limits: then the position stays before it.</summary>
    private async Task<bool> TakeNewAsync(ImapSession session, CancellationToken stopping)
    {
        var known = await database.ReadAsync(connection => MailboxStore.Find(connection, session.Name));
        var days = settings.Value.Count("Mail:ReplyDays");
        var found = known?.UidValidity == session.UidValidity
            ? await session.FindAfterAsync(known.LastUid, stopping)
            : await session.FindSinceAsync(days == 0 ? null : clock.GetUtcNow().AddDays(-days), stopping);
        var waiting = false;
        foreach (var batch in found.Chunk(ImapSession.BatchSize))
        {
            foreach (var mail in await session.ReadHeadersAsync(batch, stopping))
                waiting |= mail.Mail.MayBeOurs && await TakeAsync(session, mail, stopping) == MailOutcome.Waits;
            if (!waiting)
                await PutAsync(session, batch[^1].Id);
        }

        if (known is null && found.Count == 0)
            await PutAsync(session, 0);
        return waiting;
    }

    private Task<bool> PutAsync(ImapSession session, long lastUid) => database.WriteAsync(tx =>
    {
        MailboxStore.Put(tx, session.Name, new MailboxPosition(session.UidValidity, lastUid));
        return true;
    });

    private async Task<MailOutcome> TakeAsync(ImapSession session, MailSummary mail, CancellationToken stopping)
    {
        if (state.EndTest(mail.Mail))
        {
            await session.MarkSeenAsync(mail.Uid, stopping);
            return MailOutcome.Taken;
        }

        if (mail.Mail is { Automatic: true, Report: false })
            return MailOutcome.NotOurs;
        var known = mail.Mail.Id is { } id && await database.ReadAsync(connection => MailboxStore.Knows(connection, id));
        var outcome = known ? MailOutcome.NotOurs : await ReadAndTakeAsync(session, mail, stopping);
        if (outcome == MailOutcome.Taken && !mail.Seen)
            await session.MarkSeenAsync(mail.Uid, stopping);
        if (outcome is MailOutcome.Taken or MailOutcome.Refused)
            LogTaken(outcome, mail.Uid.Id);
        return outcome;
    }

    /// <summary>A mail that cannot be read does not stop those after it: it is told in the dashboard, and stays unseen.</summary>
    private async Task<MailOutcome> ReadAndTakeAsync(ImapSession session, MailSummary mail, CancellationToken stopping)
    {
        var id = mail.Mail.Id;
        if (mail.Size > ImapSession.LargestMail)
            return await RefuseAsync(mail, id ?? $"{session.Name} {session.UidValidity} {mail.Uid.Id}", "It is too large to be read.");
        await using var stream = await session.ReadAsync(mail.Uid, stopping);
        if (stream is null)
            return MailOutcome.NotOurs;
        if (id is null)
        {
            id = IncomingMail.Hash(stream);
            stream.Position = 0;
        }

        ReceivedText read;
        try
        {
            read = ReceivedText.Read(stream);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogUnreadable(e, mail.Uid.Id);
            return await RefuseAsync(mail, id, "LeanChat could not read it. The server's log says why.");
        }

        return await replies.TakeAsync(mail.Mail, id, read);
    }

    private async Task<MailOutcome> RefuseAsync(MailSummary mail, string id, string why)
    {
        if (mail.Mail.Keys.Count == 0)
            return MailOutcome.NotOurs;
        await database.WriteAsync(tx =>
        {
            MailboxStore.Refuse(tx, id, string.Join(", ", mail.Mail.From), why);
            return true;
        });
        return MailOutcome.Refused;
    }

    /// <summary>Marks mails as seen that were taken just before the server died.</summary>
    private async Task MarkTakenAsync(ImapSession session, CancellationToken stopping)
    {
        foreach (var batch in (await session.FindSinceAsync(clock.GetUtcNow() - Unmarked, stopping)).Chunk(ImapSession.BatchSize))
        {
            foreach (var mail in await session.ReadHeadersAsync(batch, stopping))
            {
                if (mail is { Seen: false, Mail: { Id: { } id, MayBeOurs: true } }
                    && await database.ReadAsync(connection => MailboxStore.HasTaken(connection, id)))
                    await session.MarkSeenAsync(mail.Uid, stopping);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The mailbox cannot be read: {Error}")]
    private partial void LogUnreachable(string error);

    [LoggerMessage(LogLevel.Information, "An e-mail in the mailbox: {Outcome} ({Uid})")]
    private partial void LogTaken(MailOutcome outcome, uint uid);

    [LoggerMessage(LogLevel.Error, "An e-mail in the mailbox cannot be read: {Uid}")]
    private partial void LogUnreadable(Exception e, uint uid);

    [LoggerMessage(LogLevel.Error, "The database failed while the mailbox was read")]
    private partial void LogTrouble(Exception e);
}
