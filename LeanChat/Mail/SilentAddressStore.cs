using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>The table of addresses that get no letters: the person unsubscribed, or there is no such mailbox (for a while).</summary>
internal static class SilentAddressStore
{
    /// <summary>The reason if the person wants no letters.</summary>
    public const string Unsubscribed = "unsubscribed";

    /// <summary>The reason if the mail server has no such mailbox.</summary>
    public const string Refused = "refused";

    /// <summary>A missing mailbox may be created later.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    /// <summary>No replies to this address any more. Nobody but the person can undo this.</summary>
    public static void Unsubscribe(Transaction tx, string address) => Add(tx, address, Unsubscribed, null, null);

    /// <summary>The mail server has no such mailbox; <paramref name="error"/> is its reply.</summary>
    public static void Refuse(Transaction tx, string address, string error) =>
        Add(tx, address, Refused, error, UtcText.Of(tx.Now + Life));

    /// <summary>A delivery report says that there is no such mailbox; <paramref name="error"/> is the other server's words.</summary>
    public static void Report(Transaction tx, string address, string error) =>
        Add(tx, address, "reported", error, UtcText.Of(tx.Now + Life));

    /// <summary>Whether this kind of letter must not be sent there. Unsubscribing stops letters about replies only.</summary>
    public static bool Has(Transaction tx, string address, string kind) => tx.Connection.QueryFirst<bool>(
        """
        select exists (select 1 from silent_addresses
          where address in (@key, @folded) and (reason <> 'unsubscribed' or @kind = 'reply') and (until is null or until > @at))
        """,
        new { key = EmailAddress.KeyOf(address), folded = EmailAddress.Fold(address), kind, at = tx.At });

    /// <summary>The newest thousand, newest first.</summary>
    public static IReadOnlyList<SilentAddress> All(DbConnection connection, DateTimeOffset now) => connection.Query<SilentAddress>(
        """
        select address, reason, error, at, until from silent_addresses
        where until is null or until > @now order by at desc, address limit 1000
        """,
        new { now = UtcText.Of(now) }).ToList();

    /// <summary>Why an address gets no letters; null when it gets them.</summary>
    public static string? ReasonOf(Transaction tx, string address) => tx.Connection.QueryFirstOrDefault<string>(
        """
        select reason from silent_addresses
        where address in (@key, @folded) and (until is null or until > @at) order by reason desc limit 1
        """,
        new { key = EmailAddress.KeyOf(address), folded = EmailAddress.Fold(address), at = tx.At });

    /// <summary>Allows letters to this address again, unless the person unsubscribed.</summary>
    public static void Lift(Transaction tx, string address) => tx.Connection.Execute(
        "delete from silent_addresses where address in (@key, @folded) and reason <> 'unsubscribed'",
        new { key = EmailAddress.KeyOf(address), folded = EmailAddress.Fold(address) });

    /// <summary>Deletes expired entries.</summary>
    public static void Sweep(Transaction tx) =>
        tx.Connection.Execute("delete from silent_addresses where until <= @at", new { at = tx.At });

    private static void Add(Transaction tx, string address, string reason, string? error, string? until) => tx.Connection.Execute(
        """
        insert into silent_addresses (address, reason, error, at, until) values (@address, @reason, @error, @at, @until)
        on conflict (address) do update set reason = excluded.reason, error = excluded.error, at = excluded.at, until = excluded.until
          where silent_addresses.reason <> 'unsubscribed'
        """,
        new { address = EmailAddress.KeyOf(address), reason, error, at = tx.At, until });
}

/// <summary>An address that gets no letters, and why.</summary>
/// <param name="Reason">`refused`, `reported` or `unsubscribed`.</param>
/// <param name="Error">The mail server's reply.</param>
/// <param name="Until">Null: until the person wants letters again.</param>
internal sealed record SilentAddress(string Address, string Reason, string? Error, string At, string? Until);
