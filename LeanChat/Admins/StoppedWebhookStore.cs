using System.Data.Common;
using Dapper;

namespace LeanChat.Admins;

/// <summary>Reads the table of webhooks for the dashboard's counts.</summary>
internal static class StoppedWebhookStore
{
    /// <summary>How many webhooks were turned off because they took nothing.</summary>
    public static long Count(DbConnection connection) =>
        connection.QueryFirst<long>("select count(*) from webhooks where stopped is not null");
}
