using System.Security.Cryptography;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Configuration;

/// <summary>The settings in force: configuration first, then what the owner changed while running, then the defaults.</summary>
internal sealed class CurrentSettings
{
    private readonly Dictionary<string, string> _configured;
    private readonly Database _database;
    private readonly SecretBox _seal;
    private Settings _value;

    /// <summary>Reads configuration and database. Throws <see cref="SettingsException"/> for a value that cannot be used.</summary>
    public CurrentSettings(Dictionary<string, string> configured, Database database)
    {
        (_configured, _database, _seal) = (configured, database, new SecretBox(Path.ChangeExtension(database.Location, ".key")));
        // Before anything is served; nothing else can be waiting for this thread.
        var changed = database.ReadAsync(Read).GetAwaiter().GetResult();
        _value = Resolve(changed);
    }

    public Settings Value => Volatile.Read(ref _value);

    /// <summary>Raised by every change, after it is in force.</summary>
    public event Action? Changed;

    /// <summary>Whether configuration says it, so that the owner cannot change it while running.</summary>
    public bool IsFixed(string key) => _configured.ContainsKey(key);

    /// <summary>Puts the owner's changes in force and keeps them. Throws <see cref="SettingsException"/> and changes nothing where one cannot be used.</summary>
    public Task ChangeAsync(IReadOnlyDictionary<string, string> changes) => _database.WriteAsync(tx =>
    {
        var all = Read(tx.Connection);
        var kept = changes.Select(each => Kept(Settings.Find(each.Key)!, each.Value)).ToList();
        foreach (var each in kept)
            all[each.Key] = each.Value;
        var next = Resolve(all);
        foreach (var each in kept)
            tx.Connection.Execute("insert into settings (key, value) values (@Key, @Value) on conflict (key) do update set value = excluded.value", each);

        tx.AfterCommit(() =>
        {
            Volatile.Write(ref _value, next);
            Changed?.Invoke();
        });
        return true;
    });

    /// <summary>A secret of this installation, 32 random bytes as hex: made when first asked for and kept, so that what was signed with it stays good.</summary>
    public Task<string> SecretAsync(string name) => _database.WriteAsync(tx => tx.Connection.QueryFirst<string>(
        "insert into settings (key, value) values (@key, @value) on conflict (key) do update set value = value returning value",
        new { key = "Secret:" + name, value = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) }));

    /// <summary>What configuration says under `LeanChat:`, flat. Throws <see cref="SettingsException"/> for a key that does not exist.</summary>
    public static Dictionary<string, string> Flatten(IConfiguration configuration)
    {
        var flat = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in Settings.All)
        {
            var section = configuration.GetSection("LeanChat:" + setting.Key);
            // A list may be written as an array.
            var value = section.Value ?? (section.GetChildren().Any() ? string.Join(",", section.GetChildren().Select(child => child.Value)) : null);
            if (value is not null)
                flat[setting.Key] = value;
        }

        foreach (var (key, value) in configuration.GetSection("LeanChat").AsEnumerable(makePathsRelative: true))
        {
            if (value is not null && !Settings.All.Any(setting => key.Equals(setting.Key, StringComparison.OrdinalIgnoreCase) || key.StartsWith(setting.Key + ":", StringComparison.OrdinalIgnoreCase)))
                throw new SettingsException($"LeanChat:{key} is not a setting; the README lists them all.");
        }

        return flat;
    }

    private Settings Resolve(Dictionary<string, string> changed) =>
        new(key => _configured.GetValueOrDefault(key) ?? Opened(key, changed.GetValueOrDefault(key)));

    private StoredSetting Kept(Setting setting, string value) => new(setting.Key, setting.IsSecret && value.Length > 0 ? _seal.Close(setting.Key, value) : value);

    /// <summary>A secret whose key is gone is one that was never said: the owner gives it again.</summary>
    private string? Opened(string key, string? kept) => kept is { Length: > 0 } && Settings.Find(key)!.IsSecret ? _seal.TryOpen(key, kept) : kept;

    /// <summary>A value that an older version took and this one does not is as good as none: it must not stop the start.</summary>
    private static bool IsUsable(StoredSetting kept) => Settings.Find(kept.Key) is not { IsSecret: false } setting || setting.Complaint(kept.Value.Trim()) is null;

    private static Dictionary<string, string> Read(System.Data.Common.DbConnection connection) =>
        connection.Query<StoredSetting>("select key, value from settings").Where(IsUsable).ToDictionary(row => row.Key, row => row.Value, StringComparer.OrdinalIgnoreCase);

    internal sealed record StoredSetting(string Key, string Value);
}
