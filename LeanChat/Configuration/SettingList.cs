namespace LeanChat.Configuration;

/// <summary>What can be set.</summary>
internal static class SettingList
{
    /// <summary>All settings: key under `LeanChat:`, default, kind, and meaning.</summary>
    public static readonly IReadOnlyList<Setting> All =
    [
        new("AppName", "LeanChat", SettingKind.Text, "Your shop name, in the widget, the dashboard and e-mails.", Owner: true),
        new("PublicUrl", "", SettingKind.Url,
            "This server's address, as visitors reach it. Needed for links in e-mails, and behind a proxy that does not pass it on. " +
            "With a path, everything is below that path."),
        new("SiteUrl", "", SettingKind.Url, "Links in e-mails open this site.", Owner: true),
        new("AllowedOrigins", "", SettingKind.Origins, "Websites that may show the widget. Leave empty to allow any site.", Owner: true),
        new("IdentitySecret", "", SettingKind.Secret,
            "The secret with which your application signs identity tokens (HS256). Empty: signed identity is off.", Owner: true),
        new("TrustedProxies", "", SettingKind.Proxies,
            "Proxies whose forwarded headers are trusted. Empty: this machine; `none`: no proxy."),
        new("MetricsFor", "", SettingKind.Addresses, "Who may read /metrics, besides this machine."),

        new("Widget:Title", "", SettingKind.Text, "The heading of the chat. Leave empty to use your shop name.", Owner: true),
        new("Widget:Greeting", "Hi! How can we help?", SettingKind.Text,
            "First message visitors see. The default is translated automatically.", Owner: true),
        new("Widget:Color", "#1F5FBF", SettingKind.Colour, "The accent colour. We pick a readable text colour.", Owner: true),
        new("Widget:Position", "right", SettingKind.Choice, "The corner of the chat button.", Owner: true, ["right", "left"]),
        new("Widget:Locale", "", SettingKind.Locale, "The widget's language. Leave empty to use the page's or the browser's.", Owner: true),
        new("Widget:Consent", "", SettingKind.Text,
            "Privacy note above the message box until the first message, for example a link to your privacy policy.", Owner: true),
        new("Widget:Away", "", SettingKind.Text, "What visitors see while you're away. Leave empty to show when you're back.", Owner: true),
        new("Widget:HideWhenAway", "false", SettingKind.Flag, "Hide the chat button when you're away.", Owner: true),
        new("Widget:Greetings", "", SettingKind.Greetings,
            "Greetings beside the chat button, a line each, like `10, /pricing, Questions about our prices?`: after so many seconds, on " +
            "pages whose address contains this part (empty: every page), this text. The first that fits is shown. At most 10.",
            Owner: true),
        new("Widget:Questions", "", SettingKind.Questions, "Up to three questions to start with, a line each.", Owner: true),
        new("Widget:Ask", "away", SettingKind.Choice,
            "When visitors are asked for name and address: before the first message, after it, after it only while you're away, or never.",
            Owner: true, ["before", "after", "away", "never"]),
        new("Rating:Enabled", "false", SettingKind.Flag, "Ask visitors how it was when you archive a conversation.", Owner: true),
        new("Presence", "auto", SettingKind.Choice,
            "What visitors are told. auto: online while you use the dashboard, within your opening hours; away: never; here: always, " +
            "as long as one of you has used the dashboard in the last 12 hours.", Owner: true, ["auto", "away", "here"]),
        new("Hours:Open", "", SettingKind.Hours,
            "Opening hours, like Mon-Fri 9:00-17:00, Sat 10-14, or Fri 18:00-02:00. Leave empty to show none.", Owner: true),
        new("Hours:TimeZone", "UTC", SettingKind.TimeZone, "The time zone of the opening hours.", Owner: true),

        new("Mail:From", "", SettingKind.Sender,
            "The sender of e-mails, like `help@shop.example` or `Shop <help@shop.example>`. Empty: no e-mails are sent.", Owner: true),
        new("Mail:Smtp:Host", "", SettingKind.Text, "The mail server. Empty: no e-mails are sent.", Owner: true),
        new("Mail:Smtp:Port", "587", SettingKind.Port, "Port of the mail server.", Owner: true),
        new("Mail:Smtp:User", "", SettingKind.Text, "Username at the mail server. Leave empty if it needs none.", Owner: true),
        new("Mail:Smtp:Password", "", SettingKind.Password, "Password at the mail server.", Owner: true),
        new("Mail:Smtp:Security", "auto", SettingKind.Choice,
            "Encryption of the connection to the mail server.", Owner: true, ["none", "starttls", "tls", "auto"]),
        new("Mail:HeloName", "", SettingKind.HostName,
            "The name this server tells the mail server (EHLO). " +
            "Empty: the host of `PublicUrl`, else the domain of `Mail:From`.", Owner: true),
        new("Mail:Delay", "00:05:00", SettingKind.Duration, "How long a reply may stay unread before it is sent by e-mail."),
        new("Mail:OwnerDelay", "00:01:00", SettingKind.Duration, "How long a visitor may wait before the admins get an e-mail."),
        new("Mail:Interval", "01:00:00", SettingKind.Duration, "The shortest time between two e-mails to the same visitor."),

        new("Mail:Imap:Host", "", SettingKind.Text,
            "The mail server from which answers to e-mails are read (IMAP). Empty: answers stay in the mailbox.", Owner: true),
        new("Mail:Imap:Port", "993", SettingKind.Port, "Port of that mail server.", Owner: true),
        new("Mail:Imap:User", "", SettingKind.Text, "Username of the mailbox.", Owner: true),
        new("Mail:Imap:Password", "", SettingKind.Password, "Password of the mailbox.", Owner: true),
        new("Mail:Imap:Security", "auto", SettingKind.Choice,
            "Encryption of the connection to the mailbox.", Owner: true, ["none", "starttls", "tls", "auto"]),
        new("Mail:Imap:Folder", "INBOX", SettingKind.Text, "The folder that answers arrive in.", Owner: true),
        new("Mail:Imap:Address", "", SettingKind.Email,
            "The address of the mailbox: answers are sent there. Leave empty to use the sender's.", Owner: true),
        new("Mail:Imap:PlusAddress", "false", SettingKind.Flag,
            "Put a key behind a + in the address for answers. Only for mailboxes that accept such addresses.", Owner: true),
        new("Mail:ReplyDays", "30", SettingKind.Count,
            "How many days an e-mail can be answered. 0: no limit.", Owner: true),

        new("Mail:MostPerHour", "200", SettingKind.Count,
            "The most e-mails in an hour, to all addresses together, in case something goes wrong. 0: no limit."),

        new("Push:Delay", "00:00:05", SettingKind.Duration, "How long a visitor may wait before the admins' devices are notified."),
        new("Push:AllowPrivate", "false", SettingKind.Flag,
            "Let notifications go to push services at private addresses and without TLS, for tests."),

        new("Webhooks:AllowPrivate", "false", SettingKind.Flag,
            "Let webhooks go to private addresses and without TLS, for programs on this machine or in its network."),

        new("Attachments:Enabled", "true", SettingKind.Flag, "Let visitors and admins send files.", Owner: true),
        new("Attachments:Types", MediaTypes.Default, SettingKind.MediaTypes,
            "The kinds of files that are taken, as media types. Programs never are.", Owner: true),
        new("Attachments:Scan", "", SettingKind.Scanner,
            "The virus scanner clamd, as host:port or the path of its socket. Empty: files are not scanned."),

        new("Retention:AttachmentDays", "0", SettingKind.Count, "Delete files after this many days. 0: never.", Owner: true),
        new("Retention:ArchivedDays", "0", SettingKind.Count, "Delete archived chats after this many days. 0: never.", Owner: true),
        new("Retention:EmptyDays", "7", SettingKind.Count, "Delete chats without any message after this many days. 0: never."),

        new("Backup:Every", "", SettingKind.Duration, "How often the server makes a backup, like 1.00:00:00 for daily. Empty: never."),
        new("Backup:Keep", "7", SettingKind.Count, "How many of these backups are kept, the newest ones. 0: all."),
        new("Backup:Folder", "", SettingKind.Text, "The folder of these backups. Empty: `backups` beside the database."),

        new("Log:Format", "text", SettingKind.Choice,
            "The format of the log on standard error: text for people, or one JSON object per line.", Choices: ["text", "json"]),

        new("Tuning:OwnSockets", "true", SettingKind.Flag,
            "Use LeanChat's own sockets (Linux). `false`: use Kestrel's, which need more memory and CPU time."),

        new("Limits:ContentLength", "5000", SettingKind.Count, "The most code points in a message."),
        new("Limits:FrameBytes", "65536", SettingKind.Count,
            "The most bytes in a frame or a body. 5,000 code points fit, however they are escaped."),
        new("Limits:MessagesPerMinute", "60", SettingKind.Count,
            "The most messages of one user in a minute, over all transports, in bursts of up to 20."),
        new("Limits:AttachmentBytes", "10485760", SettingKind.Size, "The most bytes in a file."),
        new("Limits:AttachmentBytesPerDay", "52428800", SettingKind.Size,
            "The most bytes of files of one user in 24 hours; a file counts as at least 16 KiB."),
        new("Limits:AttachmentBytesInAll", "10737418240", SettingKind.Size, "The most bytes of all files together."),
        new("Limits:AttachmentTime", "00:30:00", SettingKind.Duration, "How long an upload may take."),
        new("Limits:NewUsersPerHour", "100", SettingKind.Count, "The most new users in an hour from one address (IPv6: one /64)."),
        new("Limits:SocketsPerUser", "10", SettingKind.Count, "The most open sockets of one user."),
        new("Limits:SocketsPerAddress", "100", SettingKind.Count, "The most open sockets from one address (IPv6: one /64)."),
        new("Limits:Sockets", "20000", SettingKind.Count, "The most open sockets in all."),
        new("Limits:LoginsPerQuarterHour", "5", SettingKind.Count, "The most failed sign-ins in 15 minutes, per account and per address."),
        new("Limits:MailboxFrames", "256", SettingKind.Count, "The most frames that may wait for one socket."),
        new("Limits:MailboxBytes", "1048576", SettingKind.Count, "The most bytes that may wait for one socket."),
        new("Limits:FrameTime", "00:00:10", SettingKind.Duration, "How long a frame or a body may take to arrive."),
        new("Limits:WriteTime", "00:00:10", SettingKind.Duration, "How long a write to a socket may take before the socket is closed."),
        new("Limits:AuthTime", "00:00:05", SettingKind.Duration, "How long a socket may take to authenticate."),
        new("Limits:PingInterval", "00:00:25", SettingKind.Duration, "How long a socket may be silent before it is pinged."),
        new("Limits:PongTime", "00:00:20", SettingKind.Duration, "How long the pong may take."),
    ];
}
