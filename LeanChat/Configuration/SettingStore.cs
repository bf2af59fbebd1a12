using System.Data.Common;
using Dapper;
using LeanChat.Storage;

namespace LeanChat.Configuration;

/// <summary>The table of settings: what the owner changed, and the secrets of this installation.</summary>
internal static class SettingStore
{
    /// <summary>Everything stored.</summary>
    public static IReadOnlyList<StoredSetting> All(DbConnection connection) =>
        connection.Query<StoredSetting>("select key, value from settings").ToList();

    /// <summary>A stored value; null if there is none.</summary>
    public static string? Find(DbConnection connection, string key) =>
        connection.QueryFirstOrDefault<string>("select value from settings where key = @key", new { key });

    /// <summary>Stores a value in place of the old one.</summary>
    public static void Put(Transaction tx, StoredSetting setting) => tx.Connection.Execute(
        "insert into settings (key, value) values (@Key, @Value) on conflict (key) do update set value = excluded.value", setting);

    /// <summary>Stores a value unless there is one; returns what is stored.</summary>
    public static string GetOrAdd(Transaction tx, string key, string value) => tx.Connection.QueryFirst<string>(
        "insert into settings (key, value) values (@key, @value) on conflict (key) do update set value = settings.value returning value",
        new { key, value });
}

/// <summary>A row of the table; the value of a secret is sealed.</summary>
internal sealed record StoredSetting(string Key, string Value);
