using System.Globalization;
using LeanChat.Live;
using LeanChat.Text;

namespace LeanChat.Configuration;

/// <summary>Every setting, read and checked once. A changed setting makes a new object, so that nobody sees half a change.</summary>
internal sealed class Settings
{
    /// <summary>Every setting there is.</summary>
    public static readonly IReadOnlyList<Setting> All = SettingList.All;

    private static readonly Dictionary<string, Setting> ByKey = All.ToDictionary(setting => setting.Key, StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Reads every setting from <paramref name="lookup"/>, which returns null for one that is not set. Throws
    /// <see cref="SettingsException"/>, which names the key.
    /// </summary>
    public Settings(Func<string, string?> lookup)
    {
        foreach (var setting in All)
        {
            // A value of invisible characters only counts as empty. The name must not be empty: its default is used.
            var given = lookup(setting.Key);
            var value = given is null || (setting.Key == "AppName" && Blank.Is(given)) ? setting.Default : Blank.Trim(given) ?? "";
            if (setting.Complaint(value) is { } complaint)
                throw new SettingsException($"LeanChat:{setting.Key} cannot be \"{Shown(setting, value)}\": it {complaint}.");
            _values[setting.Key] = value.Length == 0 ? value : setting.Normal(value);
        }

        AppName = this["AppName"];
        PublicUrl = this["PublicUrl"] is { Length: > 0 } url ? Normalize(new Uri(url)) : "";
        PathBase = PublicUrl.Length > 0 ? PathString.FromUriComponent(new Uri(PublicUrl).AbsolutePath.TrimEnd('/')) : default;
        AllowedOrigins = [.. SplitList(this["AllowedOrigins"]).Select(each => Origin.Of(new Uri(each)))];
        IdentitySecret = this["IdentitySecret"];
        TrustedProxies = this["TrustedProxies"].ToLowerInvariant() switch
        {
            "" => new AddressList("127.0.0.0/8", "::1"),
            Setting.Nobody => new AddressList(),
            var named => new AddressList(SplitList(named)),
        };
        MetricsFor = new AddressList(SplitList(this["MetricsFor"]));
        Sender = EmailSender.TryParse(this["Mail:From"]);
        Limits = new Limits(this);
        Files = new FileLimits(this);
    }

    /// <summary>The value as an error quotes it: no secret, and not too long.</summary>
    private static string Shown(Setting setting, string value) =>
        setting.IsSecret ? "***" : value.Length <= 60 ? value : Excerpt.Of(value, 60) + " …";

    public string AppName { get; }

    /// <summary>This server's address from outside: origin and path, without a slash at its end. Empty: as the request says.</summary>
    public string PublicUrl { get; }

    /// <summary>The path of <see cref="PublicUrl"/>, below which everything is served; without a value: none.</summary>
    public PathString PathBase { get; }

    public string[] AllowedOrigins { get; }

    public string IdentitySecret { get; }

    public AddressList TrustedProxies { get; }

    public AddressList MetricsFor { get; }

    /// <summary>The sender of letters; null: none are sent.</summary>
    public EmailSender? Sender { get; }

    public Limits Limits { get; }

    public FileLimits Files { get; }

    public string this[string key] => _values[key];

    /// <summary>The value; null where it equals the default.</summary>
    public string? Chosen(string key) => this[key] == ByKey[key].Default ? null : this[key];

    public int Count(string key) => int.Parse(this[key], CultureInfo.InvariantCulture);

    public long Size(string key) => long.Parse(this[key], CultureInfo.InvariantCulture);

    public bool Flag(string key) => bool.Parse(this[key]);

    public TimeSpan Duration(string key) => TimeSpan.ParseExact(this[key], "c", CultureInfo.InvariantCulture);

    public static Setting? Find(string key) => ByKey.GetValueOrDefault(key);

    internal static string[] SplitLines(string lines) =>
        [.. lines.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries).Where(line => !Blank.Is(line))];

    internal static string[] SplitList(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Normalize(Uri url) => Origin.Of(url) + url.AbsolutePath.TrimEnd('/');

    internal static bool IsWebAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;
}

/// <summary>Limits on what one caller may use. A count of 0 means no limit.</summary>
internal sealed class Limits(Settings settings)
{
    public int ContentLength { get; } = settings.Count("Limits:ContentLength");

    public int FrameBytes { get; } = settings.Count("Limits:FrameBytes");

    public int MessagesPerMinute { get; } = settings.Count("Limits:MessagesPerMinute");

    public int NewUsersPerHour { get; } = settings.Count("Limits:NewUsersPerHour");

    public int SocketsPerUser { get; } = settings.Count("Limits:SocketsPerUser");

    public int SocketsPerAddress { get; } = settings.Count("Limits:SocketsPerAddress");

    public int Sockets { get; } = settings.Count("Limits:Sockets");

    public int LoginsPerQuarterHour { get; } = settings.Count("Limits:LoginsPerQuarterHour");

    public TimeSpan FrameTime { get; } = settings.Duration("Limits:FrameTime");

    public TimeSpan AuthTime { get; } = settings.Duration("Limits:AuthTime");

    public Live.MailboxLimits Mailbox { get; } = new(
        settings.Count("Limits:MailboxFrames") is 0 ? int.MaxValue : settings.Count("Limits:MailboxFrames"),
        settings.Count("Limits:MailboxBytes") is 0 ? int.MaxValue : settings.Count("Limits:MailboxBytes"),
        settings.Count("Limits:FrameBytes"),
        settings.Duration("Limits:FrameTime"),
        settings.Duration("Limits:WriteTime"),
        settings.Duration("Limits:PingInterval"),
        settings.Duration("Limits:PongTime"));
}

/// <summary>A setting with an invalid value; the message names the key and says what the value must be.</summary>
internal sealed partial class SettingsException(string message) : Exception(message);
