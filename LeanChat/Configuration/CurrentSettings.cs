using System.Data.Common;
using System.Security.Cryptography;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Configuration;

/// <summary>The settings in use: configuration first, then what the owner changed in the dashboard, then the defaults.</summary>
internal sealed class CurrentSettings
{
    private readonly Dictionary<string, string> _configured;
    private readonly Database _database;
    private readonly SecretBox _secretBox;
    private Settings _value;

    /// <summary>Reads configuration and database. Throws <see cref="SettingsException"/> for an invalid value.</summary>
    public CurrentSettings(Dictionary<string, string> configured, Database database)
    {
        (_configured, _database) = (configured, database);
        _secretBox = new SecretBox(Path.ChangeExtension(database.Location, ".key"));
        // Blocking is safe: this runs at the start, before anything is served.
        var changed = database.ReadAsync(Read).GetAwaiter().GetResult();
        _value = Resolve(changed);
    }

    /// <summary>All settings as they are now.</summary>
    public Settings Value => Volatile.Read(ref _value);

    /// <summary>Raised after every change.</summary>
    public event Action? Changed;

    /// <summary>Whether configuration sets it: then the owner cannot change it in the dashboard.</summary>
    public bool IsFixed(string key) => _configured.ContainsKey(key);

    /// <summary>Stores and applies the owner's changes. Throws <see cref="SettingsException"/> if one is invalid.</summary>
    public Task ChangeAsync(IReadOnlyDictionary<string, string> changes) => _database.WriteAsync(tx =>
    {
        var all = Read(tx.Connection);
        var stored = changes.Select(each => ToStored(Settings.Find(each.Key)!, each.Value)).ToList();
        foreach (var each in stored)
            all[each.Key] = each.Value;
        var next = Resolve(all);
        foreach (var each in stored)
            SettingStore.Put(tx, each);
        tx.AfterCommit(() =>
        {
            Volatile.Write(ref _value, next);
            Changed?.Invoke();
        });
        return true;
    });

    /// <summary>A secret of this installation: 32 random bytes as hex, made at first use and stored.</summary>
    public Task<string> SecretAsync(string name) => _database.WriteAsync(
        tx => SettingStore.GetOrAdd(tx, "Secret:" + name, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))));

    /// <summary>Such a secret; null if it was never made.</summary>
    public string? StoredSecret(string name) => _database.Read(connection => SettingStore.Find(connection, "Secret:" + name));

    /// <summary>
    /// A sealed value of this installation, made at first use. When the key file that opens it is gone, it is made anew, and
    /// <paramref name="remade"/> runs in the same transaction.
    /// </summary>
    public Task<string> SealedAsync(string name, Func<string> make, Action<Transaction> remade) => _database.WriteAsync(tx =>
    {
        var key = "Secret:" + name;
        var stored = SettingStore.Find(tx.Connection, key);
        if (stored is not null && _secretBox.TryOpen(key, stored) is { } opened)
            return opened;
        var made = make();
        SettingStore.Put(tx, new StoredSetting(key, _secretBox.Close(key, made)));
        if (stored is not null)
            remade(tx);
        return made;
    });

    /// <summary>Seals a text with the key of this installation, under a name.</summary>
    public string Seal(string name, string text) => _secretBox.Close(name, text);

    /// <summary>The text that was sealed under a name; null when the key file is gone or another one.</summary>
    public string? TryUnseal(string name, string stored) => _secretBox.TryOpen(name, stored);

    /// <summary>The configured settings, flat. Throws <see cref="SettingsException"/> for a key that does not exist.</summary>
    public static Dictionary<string, string> Flatten(IConfiguration configuration)
    {
        var flat = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in Settings.All)
        {
            var section = configuration.GetSection("LeanChat:" + setting.Key);
            // A list may be written as an array.
            var items = section.GetChildren().Select(child => child.Value).ToList();
            var value = section.Value ?? (items.Count > 0 ? string.Join(setting.Separator, items) : null);
            if (value is not null)
                flat[setting.Key] = value;
        }

        foreach (var (key, value) in configuration.GetSection("LeanChat").AsEnumerable(makePathsRelative: true))
        {
            if (value is not null && !Settings.All.Any(setting => key.Equals(setting.Key, StringComparison.OrdinalIgnoreCase)
                || key.StartsWith(setting.Key + ":", StringComparison.OrdinalIgnoreCase)))
                throw new SettingsException($"LeanChat:{key} is not a setting. The README lists them all.");
        }

        return flat;
    }

    private Settings Resolve(Dictionary<string, string> changed) =>
        new(key => _configured.GetValueOrDefault(key) ?? Opened(key, changed.GetValueOrDefault(key)));

    private StoredSetting ToStored(Setting setting, string value) => new(
        setting.Key,
        setting.IsSecret && value.Length > 0 ? _secretBox.Close(setting.Key, value)
        : setting.Kind is SettingKind.Text or SettingKind.Greetings or SettingKind.Questions ? NullCharacter.Drop(value)
        : value);

    /// <summary>A secret that cannot be opened, because the key file is gone, counts as not set: the owner enters it again.</summary>
    private string? Opened(string key, string? stored) =>
        stored is { Length: > 0 } && Settings.Find(key)!.IsSecret ? _secretBox.TryOpen(key, stored) : stored;

    /// <summary>A value that an older version accepted and this one does not counts as not set: it must not prevent the start.</summary>
    private static bool IsUsable(StoredSetting stored) =>
        Settings.Find(stored.Key) is not { IsSecret: false } setting || setting.Complaint(stored.Value.Trim()) is null;

    private static Dictionary<string, string> Read(DbConnection connection) =>
        SettingStore.All(connection).Where(IsUsable).ToDictionary(row => row.Key, row => row.Value, StringComparer.OrdinalIgnoreCase);
}
