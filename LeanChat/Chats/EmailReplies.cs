using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Mail;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>Makes an answer to a letter a message of its chat.</summary>
internal sealed class EmailReplies(
    Database database, ChatCommands chats, ReadMarks readMarks, MessageRateLimit rateLimit, Outbox outbox, MailFiles files,
    FileAddresses addresses, CurrentSettings settings)
{
    /// <summary>
    /// Takes a mail, in one transaction with the note that it was taken: the messages it makes, what it marks as read, and, of a
    /// delivery report, what became of the letter.
    /// </summary>
    /// <param name="mail">Its headers.</param>
    /// <param name="id">By which it is taken once.</param>
    /// <param name="read">The mail.</param>
    public async Task<MailOutcome> TakeAsync(IncomingMail mail, string id, ReceivedText read)
    {
        var taken = await files.TakeAsync(mail, read);
        var outcome = MailOutcome.Waits;
        try
        {
            return outcome = await database.WriteAsync(tx => Take(tx, mail, id, read, taken));
        }
        finally
        {
            if (outcome != MailOutcome.Taken)
                await files.RemoveAsync(taken);
        }
    }

    private MailOutcome Take(Transaction tx, IncomingMail mail, string id, ReceivedText read, TakenFiles taken)
    {
        if (MailboxStore.Knows(tx.Connection, id))
            return MailboxStore.HasTaken(tx.Connection, id) ? MailOutcome.Taken : MailOutcome.Refused;
        var outcome = read.Report is { } report ? TakeReport(tx, report)
            : mail.Automatic ? MailOutcome.NotOurs
            : TakeAnswer(tx, mail, id, read, taken);
        if (outcome == MailOutcome.Taken)
            MailboxStore.TryTake(tx, id);
        return outcome;
    }

    private MailOutcome TakeReport(Transaction tx, DeliveryReport report)
    {
        if (ReplyKeyStore.Find(tx.Connection, report.Key, tx.Now, 0) is not { } letter)
            return MailOutcome.NotOurs;
        outbox.Reported(tx, letter.LetterId, report);
        return MailOutcome.Taken;
    }

    private MailOutcome TakeAnswer(Transaction tx, IncomingMail mail, string id, ReceivedText read, TakenFiles taken)
    {
        foreach (var key in mail.Keys)
        {
            if (ReplyKeyStore.Find(tx.Connection, key, tx.Now, settings.Value.Count("Mail:ReplyDays")) is { } letter)
                return letter.AdminId is null
                    ? TakeFromUser(tx, key, letter, read, taken)
                    : TakeFromAdmin(tx, key, letter, mail, id, read, taken);
        }

        return MailOutcome.NotOurs;
    }

    private MailOutcome TakeFromUser(Transaction tx, string key, AnsweredLetter letter, ReceivedText read, TakenFiles taken)
    {
        if (ChatStore.Find(tx.Connection, letter.ChatId!) is not { } chat)
            return MailOutcome.NotOurs;
        if (chat.UserBlockedAt is not null)
            return MailOutcome.Taken;
        var sender = Sender.User(chat.UserId);
        var passed = rateLimit.TryPass(sender, out _);
        tx.OnRollback(() => rateLimit.Undo(sender, passed));
        if (!passed)
            return MailOutcome.Waits;
        ReplyKeyStore.SetAnswered(tx, key);
        chat = readMarks.MarkReadByUser(tx, chat, Told(tx, chat, letter, Sender.AdminType));
        outbox.UserAnswered(tx, chat.Id, chat.UserEmail);
        Add(tx, chat, sender, read, taken);
        return MailOutcome.Taken;
    }

    private MailOutcome TakeFromAdmin(
        Transaction tx, string key, AnsweredLetter letter, IncomingMail mail, string id, ReceivedText read, TakenFiles taken)
    {
        if (Complaint(tx, letter, mail) is { } complaint)
        {
            MailboxStore.Refuse(tx, id, string.Join(", ", mail.From), complaint);
            outbox.RaiseTroubleChanged(tx);
            return MailOutcome.Refused;
        }

        var chat = ChatStore.Find(tx.Connection, letter.ChatId!)!;
        ReplyKeyStore.SetAnswered(tx, key);
        var told = Told(tx, chat, letter, Sender.UserType);
        if (told > chat.AdminReadUpTo)
        {
            chat = readMarks.MarkReadByAdmins(tx, chat, told, UtcText.Latest(letter.ToldAt, chat.AdminViewedAt));
            if (chat.UnreadCount > 0)
                outbox.UserSaid(tx, chat.Id, chat.LastUserSeq, false, chat.AdminViewedAt, chat.AssigneeId);
        }

        Add(tx, chat, Sender.Admin(letter.AdminId!, letter.AdminName), read, taken);
        return MailOutcome.Taken;
    }

    /// <summary>Why an admin's answer is not taken; null if it is.</summary>
    private static string? Complaint(Transaction tx, AnsweredLetter letter, IncomingMail mail) =>
        mail.From is not [var from] || EmailAddress.KeyOf(from) != letter.AdminKey
            ? $"It answers an e-mail to {letter.AdminEmail} but was sent from another address. "
                + "Answer from that address, or in the dashboard."
        : letter.ChatId is null ? "It answers an e-mail about several chats. Answer each of them in the dashboard."
        : ChatStore.Find(tx.Connection, letter.ChatId) is null ? "Its chat was deleted." : null;

    /// <summary>The newest message of a side that the letter told.</summary>
    private static long Told(Transaction tx, Chat chat, AnsweredLetter letter, string side) =>
        MessageStore.NewestOf(tx.Connection, chat, side, MessageStore.SeqAt(tx.Connection, chat, letter.ToldAt));

    /// <summary>The files come with the last message.</summary>
    private void Add(Transaction tx, Chat chat, Sender sender, ReceivedText read, TakenFiles taken)
    {
        // A file that was erased meanwhile is left out.
        var found = taken.Ids.Select(id => AttachmentStore.FindUnused(tx.Connection, chat.Row, sender.Type, sender.Id, id))
            .OfType<KeptAttachment>().Select(addresses.With).ToList();
        var contents = read.Messages(settings.Value.Limits.ContentLength, taken.Refused, found.Count > 0);
        for (var at = 0; at < contents.Count; at++)
            chat = chats.AddMail(tx, chat, sender, contents[at], at == contents.Count - 1 ? found : []);
    }
}

/// <summary>What became of a mail in the mailbox.</summary>
internal enum MailOutcome
{
    /// <summary>It concerns no letter of ours, or no person wrote it: it is not touched.</summary>
    NotOurs,

    /// <summary>It is in its chat, or a report that was acted upon.</summary>
    Taken,

    /// <summary>An admin's answer that must not be taken. The dashboard says why.</summary>
    Refused,

    /// <summary>The sender has written too much. It is tried again.</summary>
    Waits,
}
