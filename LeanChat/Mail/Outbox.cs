using System.Data.Common;
using Dapper;
using LeanChat.People;
using LeanChat.Storage;

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

    /// <summary>Letters to one address in a day, over all chats.</summary>
    private const int DailyMost = 10;

    private const string Columns = "id, kind, chat_id, admin_id, promised_at, due_at, attempts, first_seq, created_at";

    /// <summary>Rung when there is something new to wait for.</summary>
    public event Action? Rang;

    /// <summary>Told of every answer's letter that has gone, failed or been dropped.</summary>
    public event Action<string, LetterNote>? Settled;

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
        Insert(tx, Due.Reply, chatId, null, seq, due);
    }

    /// <summary>The user has written: they have seen what there is, and a letter about <paramref name="unseen"/> answers need not go. If no admin is connected, the admins hear of it by letter, once until one looks.</summary>
    public void UserSaid(Transaction tx, string chatId, long seq, bool unseen, string? viewedAt, bool adminConnected)
    {
        if (unseen)
            Drop(tx, chatId, Due.Reply);
        if (!Ready || adminConnected)
            return;
        using var told = tx.Connection.Prepared(
            "select 1 from letters where chat_id = @chatId and kind = 'missed' and state in ('waiting', 'sent', 'failed') and created_at > @viewedAt")
            .With(chatId).With(viewedAt ?? "");
        if (told.Next())
            return;
        foreach (var admin in AdminAccounts.All(tx.Connection))
            Insert(tx, Due.Missed, chatId, admin.Id, seq, tx.Now + settings.Value.Duration("Mail:OwnerDelay"));
    }

    /// <summary>The user has seen every answer.</summary>
    public static void UserSaw(Transaction tx, string chatId) => Drop(tx, chatId, Due.Reply);

    /// <summary>An admin has looked.</summary>
    public static void AdminSaw(Transaction tx, string chatId) => Drop(tx, chatId, Due.Missed);

    private static void Drop(Transaction tx, string chatId, string kind)
    {
        // Asked first: looking costs a third of an update, and with nearly every message there is nothing to drop.
        using (var waiting = tx.Connection.Prepared("select 1 from letters where chat_id = @chatId and kind = @kind and state = 'waiting'").With(chatId).With(kind))
        {
            if (!waiting.Next())
                return;
        }

        tx.Connection.Execute(
            "update letters set state = 'dropped', settled_at = @at where chat_id = @chatId and kind = @kind and state = 'waiting'",
            new { at = tx.At, chatId, kind });
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
    /// Takes the next letter that is due, with all it needs, if it may still go. From here on it counts as tried: should the
    /// server die before it is settled, it is due again after a while, with the same Message-ID.
    /// </summary>
    /// <returns>False when nothing is due; else true, with null for a letter that was dropped or put off.</returns>
    public bool TryTake(Transaction tx, out Outgoing? outgoing)
    {
        outgoing = null;
        if (!Ready)
            return false;
        var due = tx.Connection.QueryFirstOrDefault<Due>(
            $"select {Columns} from letters where state = 'waiting' and due_at <= @at order by due_at limit 1", new { at = tx.At });
        if (due is null)
            return false;
        if ((due.Kind == Due.Reply ? Outgoing.ToUser(tx.Connection, due) : Outgoing.ToAdmin(tx.Connection, due)) is not { } letter || IsSilent(tx.Connection, letter.Recipient))
            Settle(tx, due, "dropped", null);
        else if (PutOff(tx, letter) is { } until)
            tx.Connection.Execute("update letters set due_at = @until where id = @id", new { until = UtcText.Of(until), id = due.Id });
        else
        {
            outgoing = letter;
            tx.Connection.Execute(
                "update letters set attempts = attempts + 1, due_at = @again, recipient = @recipient, last_seq = @lastSeq where id = @id",
                new { again = UtcText.Of(tx.Now + Backoff(due.Attempts)), recipient = letter.Recipient, lastSeq = letter.LastSeq, id = due.Id });
        }

        return true;
    }

    /// <summary>Until when an address, or the whole server, has had its share of letters; null when there is some left.</summary>
    private DateTimeOffset? PutOff(Transaction tx, Outgoing letter)
    {
        var (day, hour) = (UtcText.Of(tx.Now.AddDays(-1)), UtcText.Of(tx.Now.AddHours(-1)));
        var ownLimit = tx.Connection.QueryFirstOrDefault<string>(
            "select settled_at from letters where state = 'sent' and settled_at > @day and recipient = @recipient order by settled_at desc limit 1 offset @most",
            new { day, recipient = letter.Recipient, most = DailyMost - 1 });
        if (ownLimit is not null)
            return UtcText.Parse(ownLimit).AddDays(1);
        if (settings.Value.Count("Mail:MostPerHour") is not (> 0 and var most))
            return null;
        var breaker = tx.Connection.QueryFirstOrDefault<string>(
            "select settled_at from letters where state = 'sent' and settled_at > @hour order by settled_at desc limit 1 offset @most", new { hour, most = most - 1 });
        return breaker is null ? null : UtcText.Parse(breaker).AddHours(1);
    }

    /// <summary>It has gone. A reply that was said while it was on its way makes the next one.</summary>
    public void Sent(Transaction tx, Due letter)
    {
        Settle(tx, letter, "sent", null);
        var told = tx.Connection.QueryFirst<long>("select last_seq from letters where id = @id", new { id = letter.Id });
        if (letter.Kind != Due.Reply)
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
    public void Postpone(Transaction tx, Due letter, string error)
    {
        if (tx.Now - UtcText.Parse(letter.PromisedAt) >= Patience)
            Settle(tx, letter, "failed", error);
        else
            tx.Connection.Execute("update letters set error = @error where id = @id", new { error, id = letter.Id });
    }

    /// <summary>The address was refused for good: it is not tried again until it changes.</summary>
    public void Bounced(Transaction tx, Due letter, string address, string error)
    {
        Settle(tx, letter, "failed", error);
        Silence(tx, address, "bounced", error);
    }

    /// <summary>What became of the letters about a chat's answers, newest first.</summary>
    public static IReadOnlyList<LetterNote> Notes(DbConnection connection, string chatId) => connection.Query<LetterNote>(
        """
        select id, state, first_seq, last_seq, settled_at, error from letters
        where chat_id = @chatId and kind = 'reply' and state in ('sent', 'failed') order by settled_at desc limit 50
        """,
        new { chatId }).ToList();

    /// <summary>Letters that failed within a week, the chats whose answers are unseen for it, and whether the hourly breaker holds the rest back.</summary>
    public MailTrouble Trouble(DbConnection connection, DateTimeOffset now)
    {
        var failed = connection.QueryFirst<long>("select count(*) from letters where state = 'failed' and settled_at > @week", new { week = UtcText.Of(now.AddDays(-7)) });
        var sent = connection.QueryFirst<long>("select count(*) from letters where state = 'sent' and settled_at > @hour", new { hour = UtcText.Of(now.AddHours(-1)) });
        var chats = connection.Query<string>(
            """
            select l.chat_id from letters l join support_chats c on c.id = l.chat_id
            where l.kind = 'reply' and l.state = 'failed' and l.settled_at > @week
              and c.last_admin_seq > c.user_read_up_to and c.last_admin_seq >= l.first_seq
              and not exists (select 1 from letters n where n.chat_id = l.chat_id and n.kind = 'reply' and n.state = 'sent' and n.settled_at > l.settled_at)
            group by l.chat_id order by max(l.settled_at) desc limit 50
            """,
            new { week = UtcText.Of(now.AddDays(-7)) }).ToList();
        return new MailTrouble(failed, chats, settings.Value.Count("Mail:MostPerHour") is > 0 and var most && sent >= most);
    }

    /// <summary>No letters to this address any more.</summary>
    public static void Unsubscribe(Transaction tx, string address) => Silence(tx, address, "unsubscribed", null);

    /// <summary>The address a letter went to; null for an unknown one.</summary>
    public static string? RecipientOf(DbConnection connection, string letterId) =>
        connection.QueryFirstOrDefault<string>("select recipient from letters where id = @letterId", new { letterId });

    private void Settle(Transaction tx, Due letter, string state, string? error)
    {
        tx.Connection.Execute("update letters set state = @state, settled_at = @at, error = @error where id = @id", new { state, at = tx.At, error, id = letter.Id });
        if (letter.Kind != Due.Reply)
            return;
        var note = Notes(tx.Connection, letter.ChatId).FirstOrDefault(each => each.Id == letter.Id);
        if (note is not null)
            tx.AfterCommit(() => Settled?.Invoke(letter.ChatId, note));
    }

    private static void Silence(Transaction tx, string address, string reason, string? error) => tx.Connection.Execute(
        """
        insert into silent_addresses (address, reason, error, at) values (@address, @reason, @error, @at)
        on conflict (address) do update set reason = excluded.reason, error = excluded.error, at = excluded.at
        """,
        new { address = address.ToLowerInvariant(), reason, error, at = tx.At });

    private static bool IsSilent(DbConnection connection, string address) => connection.QueryFirst<long>(
        "select exists (select 1 from silent_addresses where address = @address)", new { address = address.ToLowerInvariant() }) == 1;

    private static TimeSpan Backoff(long attempts) =>
        TimeSpan.FromTicks(Math.Min(LongestRetry.Ticks, FirstRetry.Ticks << (int)Math.Min(attempts, 6)));

    internal sealed record MailTrouble(long Failed, IReadOnlyList<string> FailedChats, bool Held);

    internal sealed record Unseen(long Seq, string CreatedAt);
}
