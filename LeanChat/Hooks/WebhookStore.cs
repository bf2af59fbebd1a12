using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Hooks;

/// <summary>The table of webhooks.</summary>
internal static class WebhookStore
{
    private const string Columns =
        "id, url, events, token_id, include_own, enabled, secret, old_secret, old_until, failing_since, stopped, created_at";

    /// <summary>All webhooks, oldest first.</summary>
    public static IReadOnlyList<Webhook> All(DbConnection connection) =>
        connection.Query<Webhook>($"select {Columns} from webhooks order by created_at, id").ToList();

    /// <summary>The webhook with this id; null if there is none.</summary>
    public static Webhook? Find(DbConnection connection, string id) =>
        connection.QueryFirstOrDefault<Webhook>($"select {Columns} from webhooks where id = @id", new { id });

    /// <summary>Adds a webhook.</summary>
    public static void Add(Transaction tx, Webhook hook) => tx.Connection.Execute(
        """
        insert into webhooks (id, url, events, token_id, include_own, enabled, secret, created_at)
        values (@Id, @Url, @Events, @TokenId, @IncludeOwn, @Enabled, @Secret, @CreatedAt)
        """,
        new { hook.Id, hook.Url, hook.Events, hook.TokenId, hook.IncludeOwn, hook.Enabled, hook.Secret, hook.CreatedAt });

    /// <summary>Stores what the owner may change. One that is turned on begins anew.</summary>
    public static void Change(Transaction tx, Webhook hook) => tx.Connection.Execute(
        """
        update webhooks set url = @Url, events = @Events, token_id = @TokenId, include_own = @IncludeOwn, enabled = @Enabled,
          failing_since = @FailingSince, stopped = @Stopped
        where id = @Id
        """,
        new { hook.Url, hook.Events, hook.TokenId, hook.IncludeOwn, hook.Enabled, hook.FailingSince, hook.Stopped, hook.Id });

    /// <summary>Replaces the secret; the one before stays good for a while.</summary>
    public static void SetSecret(Transaction tx, string id, string secret, DateTimeOffset oldUntil) => tx.Connection.Execute(
        "update webhooks set old_secret = secret, old_until = @until, secret = @secret where id = @id",
        new { until = UtcText.Of(oldUntil), secret, id });

    /// <summary>A delivery has failed: notes since when, if none had failed before.</summary>
    public static void SetFailing(Transaction tx, string id) => tx.Connection.Execute(
        "update webhooks set failing_since = @at where id = @id and failing_since is null", new { at = tx.At, id });

    /// <summary>A delivery was taken.</summary>
    public static void SetWorking(Transaction tx, string id) => tx.Connection.Execute(
        "update webhooks set failing_since = null where id = @id and failing_since is not null", new { id });

    /// <summary>Turns a webhook off; false if it was off already.</summary>
    public static bool Stop(Transaction tx, string id, string why) => tx.Connection.Execute(
        "update webhooks set enabled = 0, stopped = @why where id = @id and enabled = 1", new { why, id }) > 0;

    /// <summary>Deletes a webhook, and its deliveries with it; false if there is none with this id.</summary>
    public static bool Remove(Transaction tx, string id) =>
        tx.Connection.Execute("delete from webhooks where id = @id", new { id }) > 0;
}
