using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>The tables of mailboxes and of the mails in them: how far each was read, and which were taken.</summary>
internal static class MailboxStore
{
    private const int UntakenAtMost = 50;

    /// <summary>How long a mail that was not taken stays in the list.</summary>
    private static readonly TimeSpan UntakenLife = TimeSpan.FromDays(30);

    /// <summary>How far a mailbox was read; null: not at all.</summary>
    public static MailboxPosition? Find(DbConnection connection, string name) => connection.QueryFirstOrDefault<MailboxPosition>(
        "select uid_validity, last_uid from mailboxes where name = @name", new { name });

    /// <summary>Stores how far a mailbox was read.</summary>
    public static void Put(Transaction tx, string name, MailboxPosition position) => tx.Connection.Execute(
        """
        insert into mailboxes (name, uid_validity, last_uid) values (@name, @uidValidity, @lastUid)
        on conflict (name) do update set uid_validity = excluded.uid_validity, last_uid = excluded.last_uid
        """,
        new { name, uidValidity = position.UidValidity, lastUid = position.LastUid });

    /// <summary>Remembers a mail as taken; false if it was taken before.</summary>
    public static bool TryTake(Transaction tx, string id) => tx.Connection.Execute(
        "insert into taken_mails (id, at) values (@id, @at) on conflict do nothing", new { id, at = tx.At }) > 0;

    /// <summary>Whether a mail was taken, or refused.</summary>
    public static bool Knows(DbConnection connection, string id) => connection.QueryFirst<bool>(
        "select exists (select 1 from taken_mails where id = @id) or exists (select 1 from untaken_mails where id = @id)", new { id });

    /// <summary>Whether a mail was taken.</summary>
    public static bool HasTaken(DbConnection connection, string id) =>
        connection.QueryFirst<bool>("select exists (select 1 from taken_mails where id = @id)", new { id });

    /// <summary>Remembers a mail that was not taken, and why.</summary>
    public static void Refuse(Transaction tx, string id, string sender, string why) => tx.Connection.Execute(
        "insert into untaken_mails (id, sender, why, at) values (@id, @sender, @why, @at) on conflict do nothing",
        new { id, sender = Excerpt.Of(sender, 254), why, at = tx.At });

    /// <summary>The mails that were not taken in the last 30 days, newest first.</summary>
    public static IReadOnlyList<UntakenMail> Untaken(DbConnection connection, DateTimeOffset now) => connection.Query<UntakenMail>(
        "select sender, why, at from untaken_mails where at > @since order by at desc, id limit @most",
        new { since = UtcText.Of(now - UntakenLife), most = UntakenAtMost }).ToList();

    /// <summary>When the last mail was taken; null: never.</summary>
    public static string? LastTakenAt(DbConnection connection) =>
        connection.QueryFirstOrDefault<string>("select max(at) from taken_mails");

    /// <summary>Deletes mails from the list of those not taken once they are too old.</summary>
    public static void Sweep(Transaction tx) =>
        tx.Connection.Execute("delete from untaken_mails where at <= @until", new { until = UtcText.Of(tx.Now.AddYears(-1)) });
}

/// <summary>How far a mailbox was read.</summary>
/// <param name="UidValidity">With another one, the numbers mean other mails (RFC 3501 §2.3.1.1).</param>
/// <param name="LastUid">The number of the newest mail that was looked at.</param>
internal sealed record MailboxPosition(long UidValidity, long LastUid);

/// <summary>A mail of an admin that was not taken, and why.</summary>
internal sealed record UntakenMail(string Sender, string Why, string At);
