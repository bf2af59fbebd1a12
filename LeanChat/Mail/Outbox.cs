using System.Data.Common;
using Dapper;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage.Sqlite;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>
/// Letters waiting for their hour. They are scheduled and cancelled in the transaction that gives the reason, so that a crash
/// can lose neither.
/// </summary>
internal sealed class Outbox(CurrentSettings settings)
{
    /// <summary>A letter that could not be delivered in this time has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(72);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    private const string Columns = "id, kind, chat_id, admin_id, promised_at, due_at, attempts, first_seq, created_at";

    /// <summary>Rung when there is something new to wait for.</summary>
    public event Action? Rang;

    /// <summary>Told of every answer's letter that has gone, failed or been dropped.</summary>
    public event Action<string, LetterNote>? Settled;

    /// <summary>Told when the mail server has begun, or ceased, to refuse a letter, or an address falls silent or is no longer.</summary>
    public event Action? TroubleChanged;

    /// <summary>Whether letters can be sent at all.</summary>
    public bool Ready => settings.Value is var now && now["Mail:Smtp:Host"].Length > 0 && now["Mail:From"].Length > 0;

    /// <summary>An admin has answered: unless the user sees it in time, one letter tells of this and whatever follows.</summary>
    public void AdminSaid(Transaction tx, string chatId, long seq) => ScheduleReply(tx, chatId, seq, tx.Now + settings.Value.Duration("Mail:Delay"));

    private void ScheduleReply(Transaction tx, string chatId, long seq, DateTimeOffset due)
    {
        if (!Ready)
            return;
        var last = tx.Connection.QueryFirstOrDefault<string>(
            "select max(settled_at) from letters where chat_id = @chatId and kind = 'reply' and state = 'sent'", new { chatId });
        if (last is not null && UtcText.Parse(last) + settings.Value.Duration("Mail:Interval") is var earliest && earliest > due)
            due = earliest;
        Insert(tx, PendingLetter.Reply, chatId, null, seq, due);
    }

    /// <summary>The user has written: they have seen what there is, and a letter about <paramref name="unseen"/> answers need not go. If no admin is connected, the admins hear of it by letter, once until one looks.</summary>
    public void UserSaid(Transaction tx, string chatId, long seq, bool unseen, string? viewedAt, bool adminConnected)
    {
        if (unseen)
            Drop(tx, chatId, PendingLetter.Reply);
        if (!Ready || adminConnected)
            return;
        using var told = tx.Connection.Prepared(
            "select 1 from letters where chat_id = @chatId and kind = 'missed' and state in ('waiting', 'sent', 'failed') and created_at > @viewedAt")
            .With("@chatId", chatId).With("@viewedAt", viewedAt ?? "").Read();
        if (told.Next())
            return;
        foreach (var admin in AdminAccounts.All(tx.Connection))
            Insert(tx, PendingLetter.Missed, chatId, admin.Id, seq, tx.Now + settings.Value.Duration("Mail:OwnerDelay"));
    }

    /// <summary>The user has seen every answer.</summary>
    public void UserSaw(Transaction tx, string chatId) => Drop(tx, chatId, PendingLetter.Reply);

    /// <summary>An admin has looked.</summary>
    public void AdminSaw(Transaction tx, string chatId) => Drop(tx, chatId, PendingLetter.Missed);

    private void Drop(Transaction tx, string chatId, string kind)
    {
        // Asked first: looking costs a third of an update, and with nearly every message there is nothing to drop.
        using (var waiting = tx.Connection.Prepared("select 1 from letters where chat_id = @chatId and kind = @kind and state = 'waiting'")
            .With("@chatId", chatId).With("@kind", kind).Read())
        {
            if (!waiting.Next())
                return;
        }

        var refused = tx.Connection.Query<string>(
            "update letters set state = 'dropped', settled_at = @at where chat_id = @chatId and kind = @kind and state = 'waiting' returning coalesce(refused_at, '')",
            new { at = tx.At, chatId, kind }).ToList();
        if (refused.Exists(since => since.Length > 0))
            TellTrouble(tx);
    }

    private void Insert(Transaction tx, string kind, string chatId, string? adminId, long seq, DateTimeOffset due)
    {
        tx.Connection.Execute(
            """
            insert into letters (id, kind, chat_id, admin_id, state, promised_at, due_at, first_seq, created_at)
            values (@id, @kind, @chatId, @adminId, 'waiting', @due, @due, @seq, @at)
            on conflict do nothing
            """,
            new { id = tx.NewId(), kind, chatId, adminId, due = UtcText.Of(due), seq, at = tx.At });
        tx.AfterCommit(() => Rang?.Invoke());
    }

    /// <summary>When the next letter is due; null when none waits.</summary>
    public static DateTimeOffset? NextDue(DbConnection connection) =>
        connection.QueryFirstOrDefault<string>("select min(due_at) from letters where state = 'waiting'") is { } due ? UtcText.Parse(due) : null;

    /// <summary>
    /// Takes the next letter that is due, whatever is in it. From here on it counts as tried and stands in no other's way: should
    /// the server die before it is settled, it is due again after a while, with the same Message-ID.
    /// </summary>
    /// <returns>Its id; null when nothing is due.</returns>
    public string? TryTake(Transaction tx)
    {
        if (!Ready)
            return null;
        var next = tx.Connection.QueryFirstOrDefault<Tried>("select id, attempts from letters where state = 'waiting' and due_at <= @at order by due_at, id limit 1", new { at = tx.At });
        if (next is not null)
            tx.Connection.Execute("update letters set attempts = attempts + 1, due_at = @again where id = @id", new { again = UtcText.Of(tx.Now + Backoff(next.Attempts)), id = next.Id });
        return next?.Id;
    }

    /// <summary>
    /// All that a letter needs, if it may still go: one part, or for an admin one of each chat that they are to hear of. Empty for
    /// a letter that was dropped or put off.
    /// </summary>
    public IReadOnlyList<LetterContent> Prepare(Transaction tx, string id)
    {
        var due = tx.Connection.QueryFirstOrDefault<PendingLetter>($"select {Columns} from letters where id = @id and state = 'waiting'", new { id });
        if (due is null || Load(tx, due) is not { } letter)
            return [];
        if (LetterLimits.PutOff(tx, letter, settings.Value.Count("Mail:MostPerHour")) is { } until)
        {
            // It was not tried, and the time in which it must go begins when it may.
            tx.Connection.Execute(
                """
                update letters set attempts = attempts - 1, due_at = @until,
                  promised_at = case when attempts = 1 then @until else promised_at end where id = @id
                """,
                new { until = UtcText.Of(until), id });
            return [];
        }

        List<LetterContent> parts = [letter, .. due.Kind == PendingLetter.Missed ? Others(tx, due) : []];
        foreach (var part in parts)
        {
            tx.Connection.Execute(
                "update letters set attempts = @attempts, due_at = @again, recipient = @recipient, last_seq = @lastSeq where id = @id",
                new { attempts = part.PendingLetter.Id == id ? due.Attempts : part.PendingLetter.Attempts + 1, again = due.DueAt, recipient = EmailAddress.KeyOf(part.Recipient), lastSeq = part.LastSeq, id = part.PendingLetter.Id });
        }

        return parts;
    }

    /// <summary>What else waits for the same admin goes in the same letter.</summary>
    private List<LetterContent> Others(Transaction tx, PendingLetter first)
    {
        var others = tx.Connection.Query<PendingLetter>(
            $"select {Columns} from letters where state = 'waiting' and admin_id = @adminId and id <> @id order by due_at, id", new { adminId = first.AdminId, id = first.Id }).ToList();
        return [.. others.Select(each => Load(tx, each)).OfType<LetterContent>()];
    }

    private LetterContent? Load(Transaction tx, PendingLetter due)
    {
        if ((due.Kind == PendingLetter.Reply ? LetterContent.ToUser(tx.Connection, due) : LetterContent.ToAdmin(tx.Connection, due)) is { } letter && !SilentAddresses.Has(tx, letter.Recipient, due.Kind))
            return letter;
        Settle(tx, due, "dropped", null);
        return null;
    }

    /// <summary>It has gone. A reply that was said while it was on its way makes the next one.</summary>
    public void Sent(Transaction tx, PendingLetter letter)
    {
        Settle(tx, letter, "sent", null);
        var told = tx.Connection.QueryFirst<long>("select last_seq from letters where id = @id", new { id = letter.Id });
        if (letter.Kind != PendingLetter.Reply)
            return;
        var next = tx.Connection.QueryFirstOrDefault<Unseen>(
            """
            select m.seq, m.created_at from support_chats c join support_messages m on m.chat = c.row
            where c.id = @chatId and m.seq > @told and m.sender_type = 'admin' and m.read_at is null order by m.seq limit 1
            """,
            new { chatId = letter.ChatId, told });
        if (next is not null)
            ScheduleReply(tx, letter.ChatId, next.Seq, UtcText.Parse(next.CreatedAt) + settings.Value.Duration("Mail:Delay"));
    }

    /// <summary>It did not go. It stays due, until its time is over.</summary>
    public void Postpone(Transaction tx, PendingLetter letter, string error)
    {
        if (tx.Now - UtcText.Parse(letter.PromisedAt) >= Patience)
        {
            Settle(tx, letter, "failed", error);
            return;
        }

        tx.Connection.Execute("update letters set error = @error, refused_at = coalesce(refused_at, @at) where id = @id", new { error, at = tx.At, id = letter.Id });
        TellTrouble(tx);
    }

    /// <summary>It can never go; the others can.</summary>
    public void Fail(Transaction tx, PendingLetter letter, string error) => Settle(tx, letter, "failed", error);

    /// <summary>The same for a letter that could not even be read.</summary>
    public void Fail(Transaction tx, string id, string error)
    {
        tx.Connection.Execute("update letters set state = 'failed', settled_at = @at, error = @error, refused_at = null where id = @id and state = 'waiting'", new { at = tx.At, error, id });
        TellTrouble(tx);
    }

    /// <summary>There is no such mailbox: it is not tried again for a while, or until the address changes.</summary>
    public void Refused(Transaction tx, PendingLetter letter, string address, string error)
    {
        Settle(tx, letter, "failed", error);
        SilentAddresses.Refuse(tx, address, error);
        TellTrouble(tx);
    }

    /// <summary>No replies to this address any more.</summary>
    public void Unsubscribe(Transaction tx, string address)
    {
        SilentAddresses.Unsubscribe(tx, address);
        TellTrouble(tx);
    }

    /// <summary>The owner wants letters to go there again; what the person wanted stands. Tells why it got none; null when it did.</summary>
    public string? Lift(Transaction tx, string address)
    {
        var reason = SilentAddresses.ReasonOf(tx, address);
        SilentAddresses.Lift(tx, address);
        TellTrouble(tx);
        return reason;
    }

    private void TellTrouble(Transaction tx) => tx.AfterCommit(() => TroubleChanged?.Invoke());

    private void Settle(Transaction tx, PendingLetter letter, string state, string? error)
    {
        tx.Connection.Execute("update letters set state = @state, settled_at = @at, error = @error, refused_at = null where id = @id", new { state, at = tx.At, error, id = letter.Id });
        TellTrouble(tx);
        if (letter.Kind != PendingLetter.Reply)
            return;
        var note = LetterReport.Notes(tx.Connection, letter.ChatId).FirstOrDefault(each => each.Id == letter.Id);
        if (note is not null)
            tx.AfterCommit(() => Settled?.Invoke(letter.ChatId, note));
    }

    private static TimeSpan Backoff(long attempts) =>
        TimeSpan.FromTicks(Math.Min(LongestRetry.Ticks, FirstRetry.Ticks << (int)Math.Min(attempts, 6)));

    internal sealed record Tried(string Id, long Attempts);

    internal sealed record Unseen(long Seq, string CreatedAt);
}
