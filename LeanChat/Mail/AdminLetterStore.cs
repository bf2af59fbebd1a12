using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>The table of letters to admins that are about no chat and wait. One that was sent is deleted.</summary>
internal static class AdminLetterStore
{
    private const string Columns = "id, kind, email, device, address, created_at, attempts";

    /// <summary>Adds a letter that is due now.</summary>
    public static void Add(Transaction tx, string kind, string email, string? device, string? address, DateTimeOffset until) =>
        tx.Connection.Execute(
            """
            insert into admin_letters (id, kind, email, device, address, created_at, due_at, until)
            values (@id, @kind, @email, @device, @address, @at, @at, @until)
            """,
            new { id = tx.NewId(), kind, email, device, address, at = tx.At, until = UtcText.Of(until) });

    /// <summary>When the next letter is due; null when none waits.</summary>
    public static DateTimeOffset? NextDue(DbConnection connection) =>
        connection.QueryFirstOrDefault<string>("select min(due_at) from admin_letters") is { } due ? UtcText.Parse(due) : null;

    /// <summary>The letter that is due first; null when none is due.</summary>
    public static AdminLetter? FirstDue(Transaction tx) => tx.Connection.QueryFirstOrDefault<AdminLetter>(
        $"select {Columns} from admin_letters where due_at <= @at order by due_at, id limit 1", new { at = tx.At });

    /// <summary>Counts a try, and makes the letter due again later.</summary>
    public static void CountTry(Transaction tx, string id, DateTimeOffset again) => tx.Connection.Execute(
        "update admin_letters set attempts = attempts + 1, due_at = @again where id = @id", new { again = UtcText.Of(again), id });

    /// <summary>Deletes a letter.</summary>
    public static void Remove(Transaction tx, string id) =>
        tx.Connection.Execute("delete from admin_letters where id = @id", new { id });

    /// <summary>Deletes the letters that are of no use any more.</summary>
    public static void Sweep(Transaction tx) => tx.Connection.Execute("delete from admin_letters where until <= @at", new { at = tx.At });
}

/// <summary>A letter to an admin that waits and is about no chat.</summary>
/// <param name="Email">The address as it was typed; there may be no such admin.</param>
/// <param name="Device">Kind device: the browser, in words; kind invite: who invites; kind webhook: its host.</param>
/// <param name="Address">Kind device: where it is on the network; kind webhook: why it was turned off.</param>
internal sealed record AdminLetter(
    string Id, string Kind, string Email, string? Device, string? Address, string CreatedAt, long Attempts)
{
    public const string Reset = "reset";
    public const string NewDevice = "device";
    public const string Invite = "invite";
    public const string Webhook = "webhook";
}
