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
    /// <summary>Raised when a letter is added, which may be due before the others.</summary>
    public event Action? Added;

    /// <summary>Raised in its transaction for every letter about replies that is added, put off, sent, failed or dropped.</summary>
    public event Action<Transaction, string, LetterNote>? Changed;

    /// <summary>Raised when the mail server begins or ceases to refuse letters, or an address stops or starts to get them.</summary>
    public event Action? TroubleChanged;

    /// <summary>Whether e-mail is set up.</summary>
    public bool Ready => settings.Value is var now && now["Mail:Smtp:Host"].Length > 0 && now["Mail:From"].Length > 0;

    /// <summary>Whether answers to letters arrive: a mailbox is set.</summary>
    public bool Answerable => Imap.IsSet(settings.Value);

    /// <summary>An admin has replied. If the user does not see it in time, one letter tells of this reply and those after it.</summary>
    /// <param name="recipient">The user's address, if there is one.</param>
    public void AdminSaid(Transaction tx, string chatId, string? recipient, long seq) =>
        ScheduleReply(tx, chatId, recipient, seq, tx.Now + settings.Value.Duration("Mail:Delay"));

    private void ScheduleReply(Transaction tx, string chatId, string? recipient, long seq, DateTimeOffset due)
    {
        if (!Ready)
            return;
        var last = SettledLetterStore.LastReplySentAt(tx.Connection, chatId);
        if (last + settings.Value.Duration("Mail:Interval") is { } earliest && earliest > due)
            due = earliest;
        if (Add(tx, PendingLetter.Reply, chatId, null, seq, due) is { } id)
            Tell(tx, chatId, new LetterNote(id, "waiting", seq, null, null, null, UtcText.Of(due), recipient));
    }

    /// <summary>
    /// The user has written, and so has seen all replies. If no admin looks at the chat in time, the admins get a letter, or the one who
    /// takes care of the chat: one, until an admin views it.
    /// </summary>
    /// <param name="hadUnseenReplies">Whether there were replies that the user had not seen.</param>
    /// <param name="assigneeId">The admin who takes care of the chat; null: all do.</param>
    public void UserSaid(Transaction tx, string chatId, long seq, bool hadUnseenReplies, string? viewedAt, string? assigneeId)
    {
        if (hadUnseenReplies)
            Drop(tx, chatId, PendingLetter.Reply);
        if (!Ready || LetterStore.AdminsWereTold(tx, chatId, viewedAt))
            return;
        AddMissed(tx, chatId, assigneeId, seq, tx.Now + settings.Value.Duration("Mail:OwnerDelay"));
    }

    /// <summary>Another admin takes care of the chat, or all do: what waits for the admins goes to them.</summary>
    public void Assigned(Transaction tx, string chatId, string? assigneeId)
    {
        if (LetterStore.FirstMissed(tx, chatId) is not { } waiting)
            return;
        AdminSaw(tx, chatId);
        AddMissed(tx, chatId, assigneeId, waiting.FirstSeq, UtcText.Parse(waiting.DueAt));
    }

    private void AddMissed(Transaction tx, string chatId, string? assigneeId, long seq, DateTimeOffset due)
    {
        foreach (var admin in AdminStore.All(tx.Connection).Where(admin => assigneeId is null || assigneeId == admin.Id))
            Add(tx, PendingLetter.Missed, chatId, admin.Id, seq, due);
    }

    /// <summary>
    /// The user has answered a letter by e-mail. The next one, about replies that it did not tell, need not wait for the interval.
    /// </summary>
    /// <param name="recipient">The user's address, if there is one.</param>
    public void UserAnswered(Transaction tx, string chatId, string? recipient)
    {
        Drop(tx, chatId, PendingLetter.Reply);
        if (UnseenStore.FirstReply(tx.Connection, chatId) is { } unseen)
            ScheduleReply(tx, chatId, recipient, unseen.Seq, UtcText.Parse(unseen.CreatedAt) + settings.Value.Duration("Mail:Delay"));
    }

    /// <summary>
    /// The user's address is another, or their chat has joined another one. Unseen replies that no letter has told are sent there.
    /// </summary>
    public void Readdressed(Transaction tx, string chatId, string? recipient)
    {
        if (recipient is not null && UnseenStore.FirstUntold(tx.Connection, chatId) is { } untold)
            ScheduleReply(tx, chatId, recipient, untold.Seq, tx.Now + settings.Value.Duration("Mail:Delay"));
    }

    /// <summary>The user has seen every reply.</summary>
    public void UserSaw(Transaction tx, string chatId) => Drop(tx, chatId, PendingLetter.Reply);

    /// <summary>A reply was deleted. The letter that waits is dropped if it has nothing new to tell any more.</summary>
    public void ReplyDeleted(Transaction tx, string chatId)
    {
        if (UnseenStore.HasEmptyLetter(tx.Connection, chatId))
            Drop(tx, chatId, PendingLetter.Reply);
    }

    /// <summary>An admin has viewed the chat.</summary>
    public void AdminSaw(Transaction tx, string chatId) => Drop(tx, chatId, PendingLetter.Missed);

    private void Drop(Transaction tx, string chatId, string kind)
    {
        var dropped = LetterStore.Drop(tx, chatId, kind);
        if (dropped.Any(letter => letter.RefusedAt is not null))
            RaiseTroubleChanged(tx);
        foreach (var (id, first, last, at, error, recipient, _) in kind == PendingLetter.Reply ? dropped : [])
            Tell(tx, chatId, new LetterNote(id, "dropped", first, last, at, error, null, recipient));
    }

    private string? Add(Transaction tx, string kind, string chatId, string? adminId, long seq, DateTimeOffset due)
    {
        var id = LetterStore.Add(tx, kind, chatId, adminId, seq, due);
        RaiseAdded(tx);
        return id;
    }

    /// <summary>
    /// Takes the next letter that is due. It counts as tried from here on, so that an error in it cannot block the others: if the
    /// server dies before the letter is settled, it is due again later, with the same Message-ID.
    /// </summary>
    /// <returns>Its id; null when nothing is due.</returns>
    public string? TryTake(Transaction tx)
    {
        if (!Ready || LetterStore.FirstDue(tx) is not { } next)
            return null;
        LetterStore.CountTry(tx, next.Id, tx.Now + Backoff.After(next.Attempts));
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
            Tell(tx, due, LetterStore.PutOff(tx, id, until));
            return [];
        }

        // Whatever else waits for the same admin is sent in the same letter.
        var others = due.Kind == PendingLetter.Missed ? LetterStore.OthersForAdmin(tx, due) : [];
        List<LetterContent> parts = [letter, .. others.Select(each => Load(tx, each)).OfType<LetterContent>()];
        foreach (var part in parts)
            LetterStore.SetContent(tx, part, part.PendingLetter.Id == id ? due.Attempts : part.PendingLetter.Attempts + 1, due.DueAt);
        return parts;
    }

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
        var sent = Settle(tx, letter, "sent", null);
        if (letter.Kind == PendingLetter.Reply && UnseenStore.FirstReplyAfter(tx.Connection, letter) is { } next)
            ScheduleReply(
                tx, letter.ChatId, sent.Recipient, next.Seq, UtcText.Parse(next.CreatedAt) + settings.Value.Duration("Mail:Delay"));
    }

    /// <summary>It was not sent this time. It stays due until <see cref="Backoff.Patience"/> is over.</summary>
    public void Postpone(Transaction tx, PendingLetter letter, string error)
    {
        if (tx.Now - UtcText.Parse(letter.PromisedAt) >= Backoff.Patience)
        {
            Settle(tx, letter, "failed", error);
            return;
        }

        Tell(tx, letter, LetterStore.SetError(tx, letter.Id, error));
        RaiseTroubleChanged(tx);
    }

    /// <summary>It can never be sent.</summary>
    public void Fail(Transaction tx, PendingLetter letter, string error) => Settle(tx, letter, "failed", error);

    /// <summary>The same for a letter whose content could not be read or written, if it still waits.</summary>
    public void Fail(Transaction tx, string id, string error)
    {
        if (LetterStore.FindWaiting(tx, id) is { } letter)
            Fail(tx, letter, error);
    }

    /// <summary>There is no such mailbox: the address gets no letters for a while.</summary>
    public void Refused(Transaction tx, PendingLetter letter, string address, string error)
    {
        Settle(tx, letter, "failed", error);
        Silence(tx, address, error);
    }

    /// <summary>The same for a letter that is not in the outbox.</summary>
    public void Silence(Transaction tx, string address, string error)
    {
        SilentAddressStore.Refuse(tx, address, error);
        RaiseTroubleChanged(tx);
    }

    /// <summary>A letter waits that is not in the outbox.</summary>
    public void RaiseAdded(Transaction tx) => tx.AfterCommit(() => Added?.Invoke());

    /// <summary>A delivery report says that a letter did not arrive.</summary>
    public void Reported(Transaction tx, string letterId, DeliveryReport report)
    {
        if (LetterStore.Report(tx, letterId, report.Error) is not { } letter)
            return;
        if (EnhancedStatus.IsNoMailboxStatus(report.Status))
            SilentAddressStore.Report(tx, letter.Recipient, report.Error);
        RaiseTroubleChanged(tx);
        if (letter.Kind == PendingLetter.Reply)
            Tell(tx, letter.ChatId, SettledLetterStore.Notes(tx.Connection, letter.ChatId).First(each => each.Id == letterId));
    }

    /// <summary>Tells the dashboards that the state of the e-mail may have changed.</summary>
    public void RaiseTroubleChanged(Transaction tx) => tx.AfterCommit(() => TroubleChanged?.Invoke());

    private LetterNote Settle(Transaction tx, PendingLetter letter, string state, string? error)
    {
        var note = LetterStore.Settle(tx, letter.Id, state, error);
        RaiseTroubleChanged(tx);
        Tell(tx, letter, note);
        return note;
    }

    private void Tell(Transaction tx, PendingLetter letter, LetterNote note)
    {
        if (letter.Kind == PendingLetter.Reply)
            Tell(tx, letter.ChatId, note);
    }

    private void Tell(Transaction tx, string chatId, LetterNote note) => Changed?.Invoke(tx, chatId, note);
}
