using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.Push;

/// <summary>The tables of devices, of chats that admins are to be notified of, and of notifications on their way to a device.</summary>
internal static class PushStore
{
    private const string Columns =
        """
        d.id as Id, d.admin_id as AdminId, d.session_hash as SessionHash, d.endpoint as Endpoint, d.p256dh as P256dh, d.auth as Auth,
        d.name as Name, d.created_at as CreatedAt, d.last_sent_at as LastSentAt, d.last_error as LastError
        """;

    /// <summary>An admin's devices, the newest first.</summary>
    public static IReadOnlyList<PushDevice> Devices(DbConnection connection, string adminId) => connection.Query<PushDevice>(
        $"select {Columns} from push_devices d where d.admin_id = @adminId order by d.created_at desc, d.id desc",
        new { adminId }).ToList();

    /// <summary>The device with this endpoint; null if there is none.</summary>
    public static PushDevice? FindByEndpoint(DbConnection connection, string endpoint) => connection.QueryFirstOrDefault<PushDevice>(
        $"select {Columns} from push_devices d where d.endpoint = @endpoint", new { endpoint });

    /// <summary>How many devices an admin has.</summary>
    public static long Count(DbConnection connection, string adminId) => connection.QueryFirst<long>(
        "select count(*) from push_devices where admin_id = @adminId", new { adminId });

    /// <summary>Stores a device, or the new owner and keys of one that is there.</summary>
    public static void Put(Transaction tx, PushDevice device) => tx.Connection.Execute(
        """
        insert into push_devices (id, admin_id, session_hash, endpoint, p256dh, auth, name, created_at)
        values (@Id, @AdminId, @SessionHash, @Endpoint, @P256dh, @Auth, @Name, @CreatedAt)
        on conflict (endpoint) do update set admin_id = excluded.admin_id, session_hash = excluded.session_hash,
          p256dh = excluded.p256dh, auth = excluded.auth, name = excluded.name, last_error = null
        """,
        new
        {
            device.Id,
            device.AdminId,
            device.SessionHash,
            device.Endpoint,
            device.P256dh,
            device.Auth,
            device.Name,
            device.CreatedAt,
        });

    /// <summary>Forgets an admin's device; false if the admin has none with this id.</summary>
    public static bool Remove(Transaction tx, string adminId, string id) => tx.Connection.Execute(
        "delete from push_devices where id = @id and admin_id = @adminId", new { id, adminId }) > 0;

    /// <summary>Forgets a device that its push service does not know any more.</summary>
    public static void Forget(Transaction tx, string id) =>
        tx.Connection.Execute("delete from push_devices where id = @id", new { id });

    /// <summary>Forgets all devices.</summary>
    public static void ForgetAll(Transaction tx) => tx.Connection.Execute("delete from push_devices");

    /// <summary>Notes that a device was notified.</summary>
    public static void SetSent(Transaction tx, string id) => tx.Connection.Execute(
        "update push_devices set last_sent_at = @at, last_error = null where id = @id", new { at = tx.At, id });

    /// <summary>Notes why a device was not notified.</summary>
    public static void SetError(Transaction tx, string id, string error) => tx.Connection.Execute(
        "update push_devices set last_error = @error where id = @id", new { error, id });

    /// <summary>The admins are to be notified of a chat, unless one of them looks at it before. What waits keeps its time.</summary>
    public static void Schedule(Transaction tx, string chatId, DateTimeOffset due) => tx.Connection.Prepared(
        "insert into pushes (chat_id, due_at) values (@chatId, @due) on conflict do nothing")
        .With("@chatId", chatId).With("@due", UtcText.Of(due)).Run();

    /// <summary>Whether anybody wants to be notified.</summary>
    public static bool HasDevices(Transaction tx)
    {
        using var any = tx.Connection.Prepared("select 1 from push_devices limit 1").Read();
        return any.Next();
    }

    /// <summary>Somebody has looked at a chat: what was to tell of it is dropped.</summary>
    public static void Drop(Transaction tx, string chatId)
    {
        tx.Connection.Execute("delete from pushes where chat_id = @chatId", new { chatId });
        tx.Connection.Execute("delete from push_deliveries where chat_id = @chatId", new { chatId });
    }

    /// <summary>When something is due next; null when nothing waits.</summary>
    public static DateTimeOffset? NextDue(DbConnection connection) => connection.QueryFirstOrDefault<string>(
        "select min(due_at) from (select due_at from pushes union all select due_at from push_deliveries) as waiting") is { } due
            ? UtcText.Parse(due)
            : null;

    /// <summary>The chats whose notifications are due. They are taken out.</summary>
    public static IReadOnlyList<string> TakeDue(Transaction tx) => tx.Connection.Query<string>(
        "delete from pushes where due_at <= @at returning chat_id", new { at = tx.At }).ToList();

    /// <summary>The admin who takes care of a chat; null: all do.</summary>
    public static string? AssigneeOf(Transaction tx, string chatId) => tx.Connection.QueryFirstOrDefault<string>(
        "select assignee_id from support_chats where id = @chatId", new { chatId });

    /// <summary>All devices whose session goes on.</summary>
    public static IReadOnlyList<PushDevice> AllDevices(Transaction tx) => tx.Connection.Query<PushDevice>(
        $"""
        select {Columns} from push_devices d join sessions s on s.token_hash = d.session_hash where s.expires_at > @at order by d.id
        """,
        new { at = tx.At }).ToList();

    /// <summary>A device is to be notified of a chat now. It takes the place of an older notification of the same chat.</summary>
    public static void AddDelivery(Transaction tx, string chatId, string deviceId, DateTimeOffset until) => tx.Connection.Execute(
        """
        insert into push_deliveries (chat_id, device_id, due_at, until, attempts) values (@chatId, @deviceId, @at, @until, 0)
        on conflict (chat_id, device_id) do update set due_at = excluded.due_at, until = excluded.until, attempts = 0
        """,
        new { chatId, deviceId, at = tx.At, until = UtcText.Of(until) });

    /// <summary>The notifications that are due, at most so many.</summary>
    public static IReadOnlyList<PushDelivery> DueDeliveries(Transaction tx, int most) => tx.Connection.Query<DeliveryRow>(
        $"""
        select p.chat_id as ChatId, p.due_at as DueAt, p.until as Until, p.attempts as Attempts, {Columns}
        from push_deliveries p join push_devices d on d.id = p.device_id
        where p.due_at <= @at order by p.due_at, p.device_id limit @most
        """,
        new { at = tx.At, most }).Select(row => row.ToDelivery()).ToList();

    /// <summary>Counts an attempt, and makes the notification due again at this time.</summary>
    public static void CountAttempt(Transaction tx, PushDelivery delivery, DateTimeOffset again) => tx.Connection.Execute(
        """
        update push_deliveries set attempts = attempts + 1, due_at = @again where chat_id = @chatId and device_id = @deviceId
        """,
        new { again = UtcText.Of(again), chatId = delivery.ChatId, deviceId = delivery.Device.Id });

    /// <summary>Makes it due at another time, unless a newer message has taken its place.</summary>
    public static void PutOff(Transaction tx, PushDelivery delivery, DateTimeOffset again) => tx.Connection.Execute(
        """
        update push_deliveries set due_at = @again where chat_id = @chatId and device_id = @deviceId and due_at = @dueAt
        """,
        new { again = UtcText.Of(again), chatId = delivery.ChatId, deviceId = delivery.Device.Id, dueAt = delivery.DueAt });

    /// <summary>It is done with, unless a newer message has taken its place.</summary>
    public static void Settle(Transaction tx, PushDelivery delivery) => tx.Connection.Execute(
        "delete from push_deliveries where chat_id = @chatId and device_id = @deviceId and due_at = @dueAt",
        new { chatId = delivery.ChatId, deviceId = delivery.Device.Id, dueAt = delivery.DueAt });

    /// <summary>What a notification tells of a chat; null when nothing in it waits, or its user was blocked.</summary>
    public static PushNews? News(DbConnection connection, string chatId) => connection.QueryFirstOrDefault<PushNews>(
        """
        select u.name as Name, u.email as Email, m.content as Content, m.attachments as Attachments, c.unread_count as Waiting,
          (select count(*) from support_chats o where o.unread = 1 and o.archived_at is null and o.snoozed_until is null) as WaitingChats
        from support_chats c join users u on u.id = c.user_id join support_messages m on m.chat = c.row and m.seq = c.last_user_seq
        where c.id = @chatId and c.unread = 1 and c.archived_at is null and u.blocked_at is null
        """,
        new { chatId });

    internal sealed record DeliveryRow(
        string ChatId, string DueAt, string Until, long Attempts, string Id, string AdminId, string SessionHash, string Endpoint,
        string P256dh, string Auth, string Name, string CreatedAt, string? LastSentAt, string? LastError)
    {
        public PushDelivery ToDelivery() => new(
            ChatId, DueAt, Until, Attempts,
            new PushDevice(Id, AdminId, SessionHash, Endpoint, P256dh, Auth, Name, CreatedAt, LastSentAt, LastError));
    }
}

/// <summary>What waits in a chat.</summary>
/// <param name="Waiting">Unread messages of this chat.</param>
/// <param name="WaitingChats">Chats with unread messages.</param>
internal sealed record PushNews(string? Name, string? Email, string Content, string? Attachments, long Waiting, long WaitingChats);
