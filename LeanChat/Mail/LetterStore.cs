using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>The table of letters. The <see cref="Outbox"/> decides when a letter is due and what it says.</summary>
internal static class LetterStore
{
    private const string Columns = "id, kind, chat_id, admin_id, promised_at, due_at, attempts, first_seq, created_at";

    private const string Note =
        "id, state, first_seq, last_seq, settled_at, error, case state when 'waiting' then due_at end as due_at, recipient";

    /// <summary>Adds a waiting letter, unless one waits already for the same chat and admin.</summary>
    /// <returns>Its id; null if one waits already.</returns>
    public static string? Add(Transaction tx, string kind, string chatId, string? adminId, long seq, DateTimeOffset due) =>
        tx.Connection.QueryFirstOrDefault<string>(
            """
            insert into letters (id, kind, chat_id, admin_id, state, promised_at, due_at, first_seq, created_at)
            values (@id, @kind, @chatId, @adminId, 'waiting', @due, @due, @seq, @at)
            on conflict do nothing returning id
            """,
            new { id = tx.NewId(), kind, chatId, adminId, due = UtcText.Of(due), seq, at = tx.At });

    /// <summary>Drops a chat's waiting letters of a kind.</summary>
    public static IReadOnlyList<DroppedLetter> Drop(Transaction tx, string chatId, string kind)
    {
        // The select comes first: it costs a third of an update, and with nearly every message there is nothing to drop.
        using (var waiting = tx.Connection.Prepared("select 1 from letters where chat_id = @chatId and kind = @kind and state = 'waiting'")
            .With("@chatId", chatId).With("@kind", kind).Read())
        {
            if (!waiting.Next())
                return [];
        }

        return tx.Connection.Query<DroppedLetter>(
            """
            update letters set state = 'dropped', settled_at = @at where chat_id = @chatId and kind = @kind and state = 'waiting'
            returning id, first_seq, last_seq, settled_at, error, recipient, refused_at
            """,
            new { at = tx.At, chatId, kind }).ToList();
    }

    /// <summary>The letter to an admin about a chat that is due first; null when none waits.</summary>
    public static WaitingMissed? FirstMissed(Transaction tx, string chatId) => tx.Connection.QueryFirstOrDefault<WaitingMissed>(
        """
        select first_seq, due_at from letters where chat_id = @chatId and kind = 'missed' and state = 'waiting' order by due_at limit 1
        """,
        new { chatId });

    /// <summary>Whether the admins were told of a visitor, or are about to be, since one of them last viewed the chat.</summary>
    public static bool AdminsWereTold(Transaction tx, string chatId, string? viewedAt)
    {
        using var told = tx.Connection.Prepared(
            """
            select 1 from letters
            where chat_id = @chatId and kind = 'missed' and state in ('waiting', 'sent', 'failed') and created_at > @viewedAt
            """)
            .With("@chatId", chatId).With("@viewedAt", viewedAt ?? "").Read();
        return told.Next();
    }

    /// <summary>When the next letter is due; null when none waits.</summary>
    public static DateTimeOffset? NextDue(DbConnection connection) =>
        connection.QueryFirstOrDefault<string>("select min(due_at) from letters where state = 'waiting'") is { } due
            ? UtcText.Parse(due)
            : null;

    /// <summary>The letter that is due first, and how often it was tried; null when none is due.</summary>
    public static DueLetter? FirstDue(Transaction tx) => tx.Connection.QueryFirstOrDefault<DueLetter>(
        "select id, attempts from letters where state = 'waiting' and due_at <= @at order by due_at, id limit 1", new { at = tx.At });

    /// <summary>Counts a try, and makes the letter due again later.</summary>
    public static void CountTry(Transaction tx, string id, DateTimeOffset again) => tx.Connection.Execute(
        "update letters set attempts = attempts + 1, due_at = @again where id = @id", new { again = UtcText.Of(again), id });

    /// <summary>Takes a counted try back and makes the letter due later. If it was the first, the time to deliver it starts then.</summary>
    public static LetterNote PutOff(Transaction tx, string id, DateTimeOffset until) => tx.Connection.QueryFirst<LetterNote>(
        $"""
        update letters set attempts = attempts - 1, due_at = @until,
          promised_at = case when attempts = 1 then @until else promised_at end where id = @id returning {Note}
        """,
        new { until = UtcText.Of(until), id });

    /// <summary>A letter that still waits; null when it is settled.</summary>
    public static PendingLetter? FindWaiting(Transaction tx, string id) => tx.Connection.QueryFirstOrDefault<PendingLetter>(
        $"select {Columns} from letters where id = @id and state = 'waiting'", new { id });

    /// <summary>The other letters that wait for the same admin.</summary>
    public static List<PendingLetter> OthersForAdmin(Transaction tx, PendingLetter letter) => tx.Connection.Query<PendingLetter>(
        $"select {Columns} from letters where state = 'waiting' and admin_id = @adminId and id <> @id order by due_at, id",
        new { adminId = letter.AdminId, id = letter.Id }).ToList();

    /// <summary>Stores a letter's recipient and which messages are in it.</summary>
    public static void SetContent(Transaction tx, LetterContent letter, long attempts, string dueAt) => tx.Connection.Execute(
        "update letters set attempts = @attempts, due_at = @dueAt, recipient = @recipient, last_seq = @lastSeq where id = @id",
        new { attempts, dueAt, recipient = EmailAddress.KeyOf(letter.Recipient), lastSeq = letter.LastSeq, id = letter.PendingLetter.Id });

    /// <summary>Stores the mail server's error with a letter that still waits.</summary>
    public static LetterNote SetError(Transaction tx, string id, string error) => tx.Connection.QueryFirst<LetterNote>(
        $"update letters set error = @error, refused_at = coalesce(refused_at, @at) where id = @id returning {Note}",
        new { error, at = tx.At, id });

    /// <summary>Marks a letter as sent, failed or dropped.</summary>
    public static LetterNote Settle(Transaction tx, string id, string state, string? error) => tx.Connection.QueryFirst<LetterNote>(
        $"update letters set state = @state, settled_at = @at, error = @error, refused_at = null where id = @id returning {Note}",
        new { state, at = tx.At, error, id });

    /// <summary>Marks a letter that was sent as failed after all; returns its chat and kind, null if it was not sent.</summary>
    public static ReportedLetter? Report(Transaction tx, string id, string error) => tx.Connection.QueryFirstOrDefault<ReportedLetter>(
        """
        update letters set state = 'failed', error = @error where id = @id and state = 'sent'
        returning chat_id, kind, recipient
        """,
        new { error, id });

    /// <summary>Of the letters that wait, the one that the mail server has refused for longest; null when it has refused none.</summary>
    public static RefusedLetter? FirstRefused(DbConnection connection) => connection.QueryFirstOrDefault<RefusedLetter>(
        "select error, refused_at from letters where state = 'waiting' and refused_at is not null order by refused_at limit 1");

    /// <summary>How many letters wait, were sent and have failed.</summary>
    public static LetterCounts Count(DbConnection connection) => connection.QueryFirst<LetterCounts>(
        """
        select (select count(*) from letters where state = 'waiting') as waiting,
          (select count(*) from letters where state = 'sent') as sent,
          (select count(*) from letters where state = 'failed') as failed
        """);

    /// <summary>A letter to an admin that waits.</summary>
    internal sealed record WaitingMissed(long FirstSeq, string DueAt);

    /// <summary>A letter that is due, and how often it was tried.</summary>
    internal sealed record DueLetter(string Id, long Attempts);

    /// <summary>A letter that no longer waits; <see cref="RefusedAt"/>: since when the mail server had refused it.</summary>
    internal sealed record DroppedLetter(
        string Id, long FirstSeq, long? LastSeq, string? SettledAt, string? Error, string? Recipient, string? RefusedAt);

    /// <summary>A letter that waits: what the mail server said last, and since when it has refused it.</summary>
    internal sealed record RefusedLetter(string? Error, string? RefusedAt);

    /// <summary>How many letters are in each state.</summary>
    internal sealed record LetterCounts(long Waiting, long Sent, long Failed);

    /// <summary>A letter that a delivery report is about.</summary>
    internal sealed record ReportedLetter(string ChatId, string Kind, string Recipient);
}
