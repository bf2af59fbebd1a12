using System.Data.Common;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>
/// Letters that wait to be sent. A letter is scheduled or dropped in the same transaction as the message that causes it, so that a
/// crash cannot lose one of the two.
/// </summary>
internal sealed class Outbox(CurrentSettings settings)
{
    /// <summary>A letter that could not be delivered in this time has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(72);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    /// <summary>Raised when a letter is added, which may be due before the others.</summary>
    public event Action? Added;

    /// <summary>Raised for every letter about replies that was sent or has failed, with the chat's id.</summary>
    public event Action<string, LetterNote>? Settled;

    /// <summary>Raised when the mail server begins or ceases to refuse letters, or an address stops or starts to get them.</summary>
    public event Action? TroubleChanged;

    /// <summary>Whether e-mail is set up.</summary>
    public bool Ready => settings.Value is var now && now["Mail:Smtp:Host"].Length > 0 && now["Mail:From"].Length > 0;

    /// <summary>An admin has replied. If the user does not see it in time, one letter tells of this reply and those after it.</summary>
    public void AdminSaid(Transaction tx, string chatId, long seq) =>
        ScheduleReply(tx, chatId, seq, tx.Now + settings.Value.Duration("Mail:Delay"));

    private void ScheduleReply(Transaction tx, string chatId, long seq, DateTimeOffset due)
    {
        if (!Ready)
            return;
        var last = SettledLetterStore.LastReplySentAt(tx.Connection, chatId);
        if (last + settings.Value.Duration("Mail:Interval") is { } earliest && earliest > due)
            due = earliest;
        Add(tx, PendingLetter.Reply, chatId, null, seq, due);
    }

    /// <summary>
    /// The user has written, and so has seen all replies. If no admin looks at the chat in time, the admins get a letter: one, until
    /// an admin views the chat.
    /// </summary>
    /// <param name="unseen">Whether there were replies that the user had not seen.</param>
    /// <param name="viewedAt">When an admin last viewed the chat.</param>
    public void UserSaid(Transaction tx, string chatId, long seq, bool unseen, string? viewedAt)
    {
        if (unseen)
            Drop(tx, chatId, PendingLetter.Reply);
        if (!Ready || LetterStore.AdminsWereTold(tx, chatId, viewedAt))
            return;
        foreach (var admin in AdminStore.All(tx.Connection))
            Add(tx, PendingLetter.Missed, chatId, admin.Id, seq, tx.Now + settings.Value.Duration("Mail:OwnerDelay"));
    }

    /// <summary>The user has seen every reply.</summary>
    public void UserSaw(Transaction tx, string chatId) => Drop(tx, chatId, PendingLetter.Reply);

    /// <summary>An admin has viewed the chat.</summary>
    public void AdminSaw(Transaction tx, string chatId) => Drop(tx, chatId, PendingLetter.Missed);

    private void Drop(Transaction tx, string chatId, string kind)
    {
        if (LetterStore.Drop(tx, chatId, kind))
            RaiseTroubleChanged(tx);
    }

    private void Add(Transaction tx, string kind, string chatId, string? adminId, long seq, DateTimeOffset due)
    {
        LetterStore.Add(tx, kind, chatId, adminId, seq, due);
        tx.AfterCommit(() => Added?.Invoke());
    }

    /// <summary>When the next letter is due; null when none waits.</summary>
    public static DateTimeOffset? NextDue(DbConnection connection) => LetterStore.NextDue(connection);

    /// <summary>
    /// Takes the next letter that is due. It counts as tried from here on, so that an error in it cannot block the others: if the
    /// server dies before the letter is settled, it is due again later, with the same Message-ID.
    /// </summary>
    /// <returns>Its id; null when nothing is due.</returns>
    public string? TryTake(Transaction tx)
    {
        if (!Ready || LetterStore.FirstDue(tx) is not { } next)
            return null;
        LetterStore.CountTry(tx, next.Id, tx.Now + Backoff(next.Attempts));
        return next.Id;
    }

    /// <summary>
    /// The content of a letter, if it may still be sent: one part, or for an admin one part for each chat. Empty when the letter was
    /// dropped or put off.
    /// </summary>
    public IReadOnlyList<LetterContent> Prepare(Transaction tx, string id)
    {
        var due = LetterStore.FindWaiting(tx, id);
        if (due is null || Load(tx, due) is not { } letter)
            return [];
        if (LetterLimits.PutOff(tx, letter, settings.Value.Count("Mail:MostPerHour")) is { } until)
        {
            LetterStore.PutOff(tx, id, until);
            return [];
        }

        List<LetterContent> parts = [letter, .. due.Kind == PendingLetter.Missed ? Others(tx, due) : []];
        foreach (var part in parts)
            LetterStore.SetContent(tx, part, part.PendingLetter.Id == id ? due.Attempts : part.PendingLetter.Attempts + 1, due.DueAt);
        return parts;
    }

    /// <summary>Whatever else waits for the same admin is sent in the same letter.</summary>
    private List<LetterContent> Others(Transaction tx, PendingLetter first) =>
        [.. LetterStore.OthersForAdmin(tx, first).Select(each => Load(tx, each)).OfType<LetterContent>()];

    private LetterContent? Load(Transaction tx, PendingLetter due)
    {
        var letter = due.Kind == PendingLetter.Reply ? LetterContent.ToUser(tx.Connection, due) : LetterContent.ToAdmin(tx.Connection, due);
        if (letter is not null && !SilentAddressStore.Has(tx, letter.Recipient, due.Kind))
            return letter;
        Settle(tx, due, "dropped", null);
        return null;
    }

    /// <summary>It was sent. Replies written while it was being sent schedule the next letter.</summary>
    public void Sent(Transaction tx, PendingLetter letter)
    {
        Settle(tx, letter, "sent", null);
        if (letter.Kind == PendingLetter.Reply && UnseenStore.FirstReplyAfter(tx.Connection, letter) is { } next)
            ScheduleReply(tx, letter.ChatId, next.Seq, UtcText.Parse(next.CreatedAt) + settings.Value.Duration("Mail:Delay"));
    }

    /// <summary>It was not sent this time. It stays due until <see cref="Patience"/> is over.</summary>
    public void Postpone(Transaction tx, PendingLetter letter, string error)
    {
        if (tx.Now - UtcText.Parse(letter.PromisedAt) >= Patience)
        {
            Settle(tx, letter, "failed", error);
            return;
        }

        LetterStore.SetError(tx, letter.Id, error);
        RaiseTroubleChanged(tx);
    }

    /// <summary>It can never be sent.</summary>
    public void Fail(Transaction tx, PendingLetter letter, string error) => Settle(tx, letter, "failed", error);

    /// <summary>The same for a letter that could not even be read.</summary>
    public void Fail(Transaction tx, string id, string error)
    {
        LetterStore.FailWaiting(tx, id, error);
        RaiseTroubleChanged(tx);
    }

    /// <summary>There is no such mailbox: the address gets no letters for a while.</summary>
    public void Refused(Transaction tx, PendingLetter letter, string address, string error)
    {
        Settle(tx, letter, "failed", error);
        SilentAddressStore.Refuse(tx, address, error);
        RaiseTroubleChanged(tx);
    }

    /// <summary>No replies to this address any more.</summary>
    public void Unsubscribe(Transaction tx, string address)
    {
        SilentAddressStore.Unsubscribe(tx, address);
        RaiseTroubleChanged(tx);
    }

    /// <summary>Allows letters to this address again, unless the person unsubscribed.</summary>
    /// <returns>Why the address got none; null when it did get them.</returns>
    public string? Lift(Transaction tx, string address)
    {
        var reason = SilentAddressStore.ReasonOf(tx, address);
        SilentAddressStore.Lift(tx, address);
        RaiseTroubleChanged(tx);
        return reason;
    }

    private void RaiseTroubleChanged(Transaction tx) => tx.AfterCommit(() => TroubleChanged?.Invoke());

    private void Settle(Transaction tx, PendingLetter letter, string state, string? error)
    {
        LetterStore.Settle(tx, letter.Id, state, error);
        RaiseTroubleChanged(tx);
        if (letter.Kind != PendingLetter.Reply)
            return;
        var note = SettledLetterStore.Notes(tx.Connection, letter.ChatId).FirstOrDefault(each => each.Id == letter.Id);
        if (note is not null)
            tx.AfterCommit(() => Settled?.Invoke(letter.ChatId, note));
    }

    private static TimeSpan Backoff(long attempts) =>
        TimeSpan.FromTicks(Math.Min(LongestRetry.Ticks, FirstRetry.Ticks << (int)Math.Min(attempts, 6)));
}
