using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Hooks;

/// <summary>
/// The table of deliveries. In each lane of a webhook one delivery at most is due: the first that waits. The others have no time yet.
/// </summary>
internal static class WebhookDeliveryStore
{
    /// <summary>So many are kept of each webhook, besides those that wait.</summary>
    private const int Kept = 100;

    /// <summary>Adds a delivery, if its webhook is still on. It is due now unless another in its lane waits.</summary>
    public static void Add(
        Transaction tx, string webhookId, string id, string type, string lane, string? userId, string? messageId, string body) =>
        tx.Connection.Execute(
            """
            insert into webhook_deliveries (webhook_id, id, type, lane, user_id, message_id, body, created_at, due_at)
            select @webhookId, @id, @type, @lane, @userId, @messageId, @body, @at,
              case when exists (select 1 from webhook_deliveries where webhook_id = @webhookId and lane = @lane and state = 'waiting')
                then null else @at end
            from webhooks where id = @webhookId and enabled = 1
            """,
            new { webhookId, id, type, lane, userId, messageId, body, at = tx.At });

    /// <summary>When the next delivery of a webhook is due after a time; null: none is.</summary>
    public static string? NextDue(DbConnection connection, string webhookId, string after) => connection.QueryFirstOrDefault<string>(
        "select min(due_at) from webhook_deliveries where webhook_id = @webhookId and due_at > @after", new { webhookId, after });

    /// <summary>Whether a delivery of a webhook is due.</summary>
    public static bool IsDue(DbConnection connection, string webhookId, string now) => connection.QueryFirst<bool>(
        "select exists (select 1 from webhook_deliveries where webhook_id = @webhookId and due_at <= @now)", new { webhookId, now });

    /// <summary>The deliveries of a webhook that are due, at most so many.</summary>
    public static IReadOnlyList<WebhookDelivery> Due(Transaction tx, string webhookId, int most) => tx.Connection.Query<WebhookDelivery>(
        """
        select webhook_id, id, lane, body, attempts + 1 as attempts, coalesce(tried_at, @at) as tried_at
        from webhook_deliveries where webhook_id = @webhookId and due_at <= @at order by due_at, row limit @most
        """,
        new { webhookId, at = tx.At, most }).ToList();

    /// <summary>Counts a try, and makes the delivery due again at this time, in case this process dies.</summary>
    public static void CountTry(Transaction tx, WebhookDelivery delivery, DateTimeOffset again) => tx.Connection.Execute(
        """
        update webhook_deliveries set attempts = @Attempts, tried_at = @TriedAt, due_at = @again
        where webhook_id = @WebhookId and id = @Id
        """,
        new { delivery.Attempts, delivery.TriedAt, again = UtcText.Of(again), delivery.WebhookId, delivery.Id });

    /// <summary>It was not taken, and is tried again.</summary>
    public static void PutOff(Transaction tx, WebhookDelivery delivery, DateTimeOffset again, int? status, string error)
    {
        tx.Connection.Execute(
            """
            update webhook_deliveries set due_at = @again, status = @status, error = @error
            where webhook_id = @WebhookId and id = @Id and state = 'waiting'
            """,
            new { again = UtcText.Of(again), status, error, delivery.WebhookId, delivery.Id });
        Arrange(tx, delivery.WebhookId, delivery.Lane);
    }

    /// <summary>It was taken, or is given up. The next in its lane goes.</summary>
    public static void Settle(Transaction tx, WebhookDelivery delivery, string state, int? status, string? error)
    {
        tx.Connection.Execute(
            """
            update webhook_deliveries set state = @state, due_at = null, status = @status, error = @error
            where webhook_id = @WebhookId and id = @Id
            """,
            new { state, status, error, delivery.WebhookId, delivery.Id });
        if (tx.Connection.Execute(
            "delete from webhook_deliveries where webhook_id = @WebhookId and id = @Id and forget = 1",
            new { delivery.WebhookId, delivery.Id }) > 0)
            tx.Erase();
        Arrange(tx, delivery.WebhookId, delivery.Lane);
        tx.Connection.Execute(
            """
            delete from webhook_deliveries where webhook_id = @WebhookId and state <> 'waiting' and row < (
              select row from webhook_deliveries where webhook_id = @WebhookId order by row desc limit 1 offset @kept)
            """,
            new { delivery.WebhookId, kept = Kept - 1 });
    }

    /// <summary>Drops everything that waits for a webhook.</summary>
    public static void DropWaiting(Transaction tx, string webhookId)
    {
        if (tx.Connection.Execute(
            "delete from webhook_deliveries where webhook_id = @webhookId and state = 'waiting' and forget = 1", new { webhookId }) > 0)
            tx.Erase();
        tx.Connection.Execute(
            "update webhook_deliveries set state = 'dropped', due_at = null where webhook_id = @webhookId and state = 'waiting'",
            new { webhookId });
    }

    /// <summary>Lets a delivery wait again, as if it was never tried; false if there is none with this id.</summary>
    public static bool Resend(Transaction tx, string webhookId, string id)
    {
        if (tx.Connection.QueryFirstOrDefault<string>(
            """
            update webhook_deliveries set state = 'waiting', due_at = @at, attempts = 0, tried_at = null, status = null, error = null
            where webhook_id = @webhookId and id = @id returning lane
            """,
            new { at = tx.At, webhookId, id }) is not { } lane)
            return false;
        Arrange(tx, webhookId, lane);
        return true;
    }

    /// <summary>
    /// The words of a message have changed: what was told of it is deleted, and what waits is deleted as soon as it is settled.
    /// </summary>
    public static void ForgetMessage(Transaction tx, string messageId)
    {
        tx.Connection.Execute("delete from webhook_deliveries where message_id = @messageId and state <> 'waiting'", new { messageId });
        tx.Connection.Execute("update webhook_deliveries set forget = 1 where message_id = @messageId", new { messageId });
    }

    /// <summary>What waits about one user and chat is about another from now on, in the order of what happened.</summary>
    public static void Move(Transaction tx, string webhookId, string fromLane, string fromUser, string intoLane, string intoUser)
    {
        tx.Connection.Execute(
            "update webhook_deliveries set lane = @intoLane where webhook_id = @webhookId and lane = @fromLane",
            new { intoLane, webhookId, fromLane });
        tx.Connection.Execute(
            "update webhook_deliveries set user_id = @intoUser where webhook_id = @webhookId and user_id = @fromUser",
            new { intoUser, webhookId, fromUser });
        Arrange(tx, webhookId, intoLane);
    }

    /// <summary>The newest deliveries of a webhook, the newest first.</summary>
    public static IReadOnlyList<WebhookDeliveryItem> Newest(DbConnection connection, string webhookId) =>
        connection.Query<WebhookDeliveryItem>(
            """
            select id, type, created_at, attempts, state, status, error, due_at as next_at, body
            from webhook_deliveries where webhook_id = @webhookId order by row desc limit @kept
            """,
            new { webhookId, kept = Kept }).ToList();

    /// <summary>Only the first that waits in a lane is due.</summary>
    private static void Arrange(Transaction tx, string webhookId, string lane)
    {
        tx.Connection.Execute(
            """
            update webhook_deliveries set due_at = null
            where webhook_id = @webhookId and lane = @lane and state = 'waiting' and due_at is not null and row > (
              select min(row) from webhook_deliveries where webhook_id = @webhookId and lane = @lane and state = 'waiting')
            """,
            new { webhookId, lane });
        tx.Connection.Execute(
            """
            update webhook_deliveries set due_at = @at where due_at is null and row = (
              select min(row) from webhook_deliveries where webhook_id = @webhookId and lane = @lane and state = 'waiting')
            """,
            new { at = tx.At, webhookId, lane });
    }
}
