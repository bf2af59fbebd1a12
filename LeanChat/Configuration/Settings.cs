using System.Globalization;
using LeanChat.Live;
using LeanChat.Text;

namespace LeanChat.Configuration;

/// <summary>Every knob, read and checked once. A new value makes a new object: whoever holds one sees it whole.</summary>
internal sealed class Settings
{
    /// <summary>All there is to set: key under `LeanChat:`, default, what it takes, and why.</summary>
    public static readonly IReadOnlyList<Setting> All =
    [
        new("AppName", "LeanChat", SettingKind.Text, "Your name, in the widget, the dashboard and in letters.", Owner: true),
        new("PublicUrl", "", SettingKind.Url, "Where this server is reached from outside; needed behind a proxy that hides it, and for links in letters. With a path, everything lives under it."),
        new("SiteUrl", "", SettingKind.Url, "The website where the widget lives; links in letters go there.", Owner: true),
        new("AllowedOrigins", "", SettingKind.Origins, "Websites that may embed the widget; empty: any.", Owner: true),
        new("IdentitySecret", "", SettingKind.Secret, "Signs the identity tokens of your own application (HS256); empty: signed identity is off.", Owner: true),
        new("TrustedProxies", "", SettingKind.Proxies, "Proxies whose forwarded headers count; empty: this machine itself; `none`: nobody."),
        new("MetricsFor", "", SettingKind.Addresses, "Who may read /metrics, besides this machine itself."),

        new("Widget:Title", "", SettingKind.Text, "The panel's heading; empty: the app name.", Owner: true),
        new("Widget:Greeting", "Hi! How can we help?", SettingKind.Text, "What the panel says before anybody has; the default is said in the visitor's language.", Owner: true),
        new("Widget:Color", "#1F5FBF", SettingKind.Colour, "The accent; the ink on it is computed.", Owner: true),
        new("Widget:Position", "right", SettingKind.Choice, "The launcher's corner.", Owner: true, ["right", "left"]),
        new("Widget:Locale", "", SettingKind.Locale, "The widget's language; empty: the page's or the browser's.", Owner: true),
        new("Widget:Consent", "", SettingKind.Text, "A line above the field until a visitor has written, like a link to what you do with their data.", Owner: true),
        new("Widget:Away", "", SettingKind.Text, "What the panel says while nobody is there; empty: when you are back, in the visitor's language.", Owner: true),
        new("Widget:HideWhenAway", "false", SettingKind.Flag, "No launcher while nobody is there.", Owner: true),
        new("Hours:Open", "", SettingKind.Hours, "When somebody answers, like Mon-Fri 9:00-17:00, Sat 10-14, or Fri 18:00-02:00; empty: no hours are shown.", Owner: true),
        new("Hours:TimeZone", "UTC", SettingKind.TimeZone, "The time zone of the hours.", Owner: true),

        new("Mail:From", "", SettingKind.Sender, "The sender of letters, like `help@shop.example` or `Shop <help@shop.example>`; empty: no letters are sent.", Owner: true),
        new("Mail:Smtp:Host", "", SettingKind.Text, "The mail server; empty: no letters are sent.", Owner: true),
        new("Mail:Smtp:Port", "587", SettingKind.Port, "Its port.", Owner: true),
        new("Mail:Smtp:User", "", SettingKind.Text, "Its account, if it wants one.", Owner: true),
        new("Mail:Smtp:Password", "", SettingKind.Password, "The account's password.", Owner: true),
        new("Mail:Smtp:Security", "auto", SettingKind.Choice, "How the line is secured.", Owner: true, ["none", "starttls", "tls", "auto"]),
        new("Mail:HeloName", "", SettingKind.HostName, "The name this server tells the mail server (EHLO); empty: the host of `PublicUrl`, else the domain of `Mail:From`.", Owner: true),
        new("Mail:Delay", "00:05:00", SettingKind.Duration, "How long a reply may stay unread before it is sent as a letter."),
        new("Mail:OwnerDelay", "00:01:00", SettingKind.Duration, "How long a visitor may wait before the admins get a letter."),
        new("Mail:Interval", "01:00:00", SettingKind.Duration, "The least time between two letters to the same user."),

        new("Mail:MostPerHour", "200", SettingKind.Count, "Letters in an hour, to all addresses together: a breaker for whatever goes wrong; 0: none."),

        new("Retention:ArchivedDays", "0", SettingKind.Count, "Days after which an archived chat is erased; 0: never.", Owner: true),
        new("Retention:EmptyDays", "7", SettingKind.Count, "Days after which a chat in which nothing was ever said is erased; 0: never."),

        new("Backup:Every", "", SettingKind.Duration, "How often the server makes a backup of its own, like 1.00:00:00 for daily; empty: never."),
        new("Backup:Keep", "7", SettingKind.Count, "How many of those are kept, the newest ones; 0: all."),
        new("Backup:Folder", "", SettingKind.Text, "Where they are kept; empty: the folder `backups` beside the database."),

        new("Log:Format", "text", SettingKind.Choice, "How the log on standard error is written: a line for people, or one JSON object per line.", Choices: ["text", "json"]),

        new("Limits:ContentLength", "5000", SettingKind.Count, "Code points in a message."),
        new("Limits:FrameBytes", "65536", SettingKind.Count, "Bytes in a frame or a body: 5,000 code points fit however they are escaped."),
        new("Limits:MessagesPerMinute", "60", SettingKind.Count, "Messages of one user, over all transports, in bursts of up to 20."),
        new("Limits:NewUsersPerHour", "100", SettingKind.Count, "New users from one address (IPv6: one /64)."),
        new("Limits:SocketsPerUser", "10", SettingKind.Count, "Open sockets of one user."),
        new("Limits:SocketsPerAddress", "100", SettingKind.Count, "Open sockets from one address (IPv6: one /64)."),
        new("Limits:Sockets", "20000", SettingKind.Count, "Open sockets in all."),
        new("Limits:LoginsPerQuarterHour", "5", SettingKind.Count, "Failed sign-ins per account and per address."),
        new("Limits:MailboxFrames", "256", SettingKind.Count, "Frames that may wait for one socket."),
        new("Limits:MailboxBytes", "1048576", SettingKind.Count, "Bytes that may wait for one socket."),
        new("Limits:FrameTime", "00:00:10", SettingKind.Duration, "How long a frame or a body may take to arrive."),
        new("Limits:WriteTime", "00:00:10", SettingKind.Duration, "How long a socket may be stuck before it is closed."),
        new("Limits:AuthTime", "00:00:05", SettingKind.Duration, "How long a socket may take to say who it is."),
        new("Limits:PingInterval", "00:00:25", SettingKind.Duration, "How often a silent socket is pinged."),
        new("Limits:PongTime", "00:00:20", SettingKind.Duration, "How long a pong may take."),
    ];

    private static readonly Dictionary<string, Setting> ByKey = All.ToDictionary(setting => setting.Key, StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads every knob from <paramref name="lookup"/>, which answers null where nothing was said. Throws <see cref="SettingsException"/> naming the key.</summary>
    public Settings(Func<string, string?> lookup)
    {
        foreach (var setting in All)
        {
            // What cannot be seen is as good as empty; only the name is never empty.
            var value = lookup(setting.Key) is { } said && (setting.Key != "AppName" || !Blank.Is(said)) ? Blank.Trim(said) ?? "" : setting.Default;
            if (setting.Complaint(value) is { } complaint)
                throw new SettingsException($"LeanChat:{setting.Key} {complaint}; it is \"{Shown(setting, value)}\".");
            _values[setting.Key] = value;
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
    }

    /// <summary>What is quoted in a complaint: no secret, and not a whole novel.</summary>
    private static string Shown(Setting setting, string value) =>
        setting.IsSecret ? "***" : value.Length <= 60 ? value : Excerpt.Of(value, 60) + " …";

    public string AppName { get; }

    /// <summary>Where we are reached from outside: a normalized origin with a path or none, no slash at its end. Empty: as the request says.</summary>
    public string PublicUrl { get; }

    /// <summary>The path of <see cref="PublicUrl"/>, below which everything lives; without a value: none.</summary>
    public PathString PathBase { get; }

    public string[] AllowedOrigins { get; }

    public string IdentitySecret { get; }

    public AddressList TrustedProxies { get; }

    public AddressList MetricsFor { get; }

    /// <summary>Whom letters come from; null: none are sent.</summary>
    public EmailSender? Sender { get; }

    public Limits Limits { get; }

    public string this[string key] => _values[key];

    /// <summary>A value that somebody chose; null where it is as we ship it.</summary>
    public string? Chosen(string key) => this[key] == ByKey[key].Default ? null : this[key];

    public int Count(string key) => int.Parse(this[key], CultureInfo.InvariantCulture);

    public bool Flag(string key) => bool.Parse(this[key]);

    public TimeSpan Duration(string key) => TimeSpan.ParseExact(this[key], "c", CultureInfo.InvariantCulture);

    public static Setting? Find(string key) => ByKey.GetValueOrDefault(key);

    internal static string[] SplitList(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Normalize(Uri url) => Origin.Of(url) + url.AbsolutePath.TrimEnd('/');

    internal static bool IsWebAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;
}

/// <summary>What one caller may use up. 0 turns a count off.</summary>
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

/// <summary>A setting that cannot be used; the message names the key and says what it must be.</summary>
internal sealed class SettingsException(string message) : Exception(message);
