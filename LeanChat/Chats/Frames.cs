using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Storage.Sqlite;
using LeanChat.Web;

namespace LeanChat.Chats;

// Everything that crosses a socket or an API has its shape here, as CONTRACT names it.

internal sealed record SupportMessage(
    string Id, long Seq, string? ClientId, string Content, string SenderType, string? SenderName, string? ReadAt, string CreatedAt);

internal sealed record SupportChatUser(string Id, string? Email, string? Name, bool Verified);

internal sealed record SupportChat(string Id, IReadOnlyList<SupportMessage> Messages, string? Token, bool More, bool AdminOnline, SupportChatUser User, string? Greeting)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Token { get; } = Token;
}

internal sealed record SupportChatListItem(
    string Id, string UserId, string? UserEmail, string? UserName, bool UserVerified, string? LastMessageAt, string? LastMessagePreview,
    string? LastMessageSender, string? LastMessageName, long MessageCount, bool Unread, long UnreadCount, bool Archived, bool UserOnline, string? PageUrl)
{
    /// <summary>What a search has found in the chat: the words around the newest hit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hit { get; init; }
}

internal sealed record AdminSupportChat(
    string Id, string UserId, string? UserEmail, string? UserName, bool UserVerified, bool UserBlocked, string UserCreatedAt, bool Archived, bool More,
    IReadOnlyList<SupportMessage> Messages, bool UserOnline, string? PageUrl, string? PageTitle, string? UserAgent, string? Referrer, string? Locale,
    string? TimeZone, long? UnreadFrom, IReadOnlyList<Mail.LetterNote> Letters, IReadOnlyList<Viewer> Viewers);

/// <summary>An admin who has a chat open.</summary>
internal sealed record Viewer(string Id, string Name);

internal sealed record ReadUpTo(string? ReadAt, long UpTo);

internal sealed record ErrorBody(string Error, string Message);

// What clients say.

internal sealed record PostBody(string? Content, string? ClientId);

internal sealed record IdentifyBody(string? Token, string? Email, string? Name);

internal sealed record OpenBody(string? Key);

// What the server says on a socket.

internal sealed record SocketLimits(int ContentLength, int FrameBytes, int MessagesPerMinute);

internal sealed record ReadyFrame(string Type, string? ChatId, long? Seq, bool AdminOnline, SocketLimits Limits);

internal sealed record NewMessageFrame(string Type, SupportMessage Message);

internal sealed record ReadFrame(string Type, string By, long UpTo, string ReadAt);

internal sealed record TypingFrame(string Type, string By, string? Name, string? ChatId);

internal sealed record AdminPresenceFrame(string Type, bool AdminOnline);

internal sealed record UserPresenceFrame(string Type, string ChatId, bool UserOnline, string? PageUrl);

internal sealed record NewUserMessageFrame(string Type, string ChatId, string? UserEmail, SupportMessage Message);

internal sealed record ChatUpdatedFrame(string Type, SupportChatListItem Chat);

internal sealed record ChatDeletedFrame(string Type, string ChatId);

internal sealed record ErrorFrame(string Type, string Code, string? ClientId, long? RetryAfterMs);

internal sealed record GoingAwayFrame(string Type, int RetryAfterMs);

internal sealed record LetterFrame(string Type, string ChatId, Mail.LetterNote Letter);

internal sealed record MailFrame(
    string Type, Mail.MailSending Sending, MailReceiving? Receiving, IReadOnlyList<Mail.SilentAddress> Silent, IReadOnlyList<UntakenMail> Untaken);

internal sealed record ViewingFrame(string Type, string ChatId, IReadOnlyList<Viewer> Viewers);

internal sealed record PongFrame(string Type);

// The dashboard's own.

internal sealed record LoginBody(string? Email, string? Password);

internal sealed record SetupBody(string? Token, string? Email, string? Password, string? Name);

internal sealed record NewAdminBody(string? Email, string? Password, string? Name);

internal sealed record PasswordBody(string? CurrentPassword, string? Password);

internal sealed record Me(string Id, string Email, string? Name, bool MailReady, string? WidgetSeenAt);

/// <summary>What the dashboard counts: its two tabs, what waits for an answer, and letters that did not arrive.</summary>
internal sealed record Overview(long Active, long Archived, long Unread, long FailedLetters, bool LettersHeld, IReadOnlyList<string> FailedChats);

/// <summary>How the mail does. <see cref="Receiving"/> is null while no mailbox is set.</summary>
internal sealed record MailStatus(Mail.MailSending Sending, MailReceiving? Receiving, IReadOnlyList<Mail.SilentAddress> Silent, IReadOnlyList<UntakenMail> Untaken);

internal sealed record MailReceiving(bool Ok, string? Error, string? Since, string? LastAt);

/// <summary>An answer by mail that was not taken.</summary>
internal sealed record UntakenMail(string From, string Why, string At);

internal sealed record AdminListItem(string Id, string Email, string? Name, bool Online, string CreatedAt);

internal sealed record CannedReplyBody(string? Shortcut, string? Content);

internal sealed record CannedReply(string Id, string Shortcut, string Content);

/// <param name="Set">Only for a secret, whose value is never told: whether there is one.</param>
internal sealed record SettingValue(string Value, bool Fixed, string About, IReadOnlyList<string>? Choices, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Set);

/// <summary>Everything known about a person.</summary>
internal sealed record UserExport(People.User User, string? ChatId, string? ArchivedAt, IReadOnlyList<SupportMessage> Messages, IReadOnlyList<ExportedSession> Sessions);

internal sealed record ExportedSession(string CreatedAt, string ExpiresAt);

/// <summary>What widget.js is told when it is served; what is as widget.js takes it anyway is left out.</summary>
/// <param name="Origin">With a slash at its end; null: where the script came from.</param>
/// <param name="Greeting">Null: the one in the visitor's language.</param>
/// <param name="Locale">The owner's choice of language; null: the visitor's.</param>
/// <param name="HideWhenAway">Spelled as the attribute data-hide-when-away is read.</param>
/// <param name="Hours">Spans of opening: the present one and the next, in Unix seconds; null: none are set.</param>
internal sealed record WidgetSettings(
    string? Origin, string Title, string? Greeting, string? Color, string? Position, string? Locale, [property: JsonPropertyName("hideWhenAway")] bool HideWhenAway,
    bool AdminOnline, int ContentLength, string? Consent, long[][]? Hours);

/// <summary>The dashboard as an app.</summary>
internal sealed record WebManifest(
    string Id, string Name, string ShortName, string StartUrl, string Scope, string Display, string ThemeColor, string BackgroundColor, IReadOnlyList<WebManifestIcon> Icons);

/// <param name="Sizes">Width and height in pixels, like 192x192.</param>
/// <param name="Purpose">any, or maskable: may be cut to any shape.</param>
internal sealed record WebManifestIcon(string Src, string Sizes, string Type, string Purpose);

/// <summary>The one JSON context: generated, snake case, nothing twice.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SupportChat))]
[JsonSerializable(typeof(SupportMessage[]))]
[JsonSerializable(typeof(IReadOnlyList<SupportMessage>))]
[JsonSerializable(typeof(IReadOnlyList<SupportChatListItem>))]
[JsonSerializable(typeof(AdminSupportChat))]
[JsonSerializable(typeof(ReadUpTo))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(PostBody))]
[JsonSerializable(typeof(IdentifyBody))]
[JsonSerializable(typeof(OpenBody))]
[JsonSerializable(typeof(ReadyFrame))]
[JsonSerializable(typeof(NewMessageFrame))]
[JsonSerializable(typeof(ReadFrame))]
[JsonSerializable(typeof(TypingFrame))]
[JsonSerializable(typeof(AdminPresenceFrame))]
[JsonSerializable(typeof(UserPresenceFrame))]
[JsonSerializable(typeof(NewUserMessageFrame))]
[JsonSerializable(typeof(ChatUpdatedFrame))]
[JsonSerializable(typeof(ChatDeletedFrame))]
[JsonSerializable(typeof(ErrorFrame))]
[JsonSerializable(typeof(GoingAwayFrame))]
[JsonSerializable(typeof(LetterFrame))]
[JsonSerializable(typeof(ViewingFrame))]
[JsonSerializable(typeof(MailStatus))]
[JsonSerializable(typeof(MailFrame))]
[JsonSerializable(typeof(PongFrame))]
[JsonSerializable(typeof(LoginBody))]
[JsonSerializable(typeof(SetupBody))]
[JsonSerializable(typeof(NewAdminBody))]
[JsonSerializable(typeof(PasswordBody))]
[JsonSerializable(typeof(Me))]
[JsonSerializable(typeof(AdminListItem))]
[JsonSerializable(typeof(IReadOnlyList<AdminListItem>))]
[JsonSerializable(typeof(CannedReply))]
[JsonSerializable(typeof(CannedReplyBody))]
[JsonSerializable(typeof(IReadOnlyList<CannedReply>))]
[JsonSerializable(typeof(Dictionary<string, SettingValue>))]
[JsonSerializable(typeof(Dictionary<string, string?>))]
[JsonSerializable(typeof(Overview))]
[JsonSerializable(typeof(UserExport))]
[JsonSerializable(typeof(WidgetSettings))]
[JsonSerializable(typeof(WebManifest))]
internal sealed partial class Frames : JsonSerializerContext
{
    /// <summary>The context in use: strict about duplicate keys, plain about characters that only HTML minds.</summary>
    public static readonly Frames Json = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowDuplicateProperties = false,
    });

    [ThreadStatic]
    private static Pad? t_pad;

    public static Frame Pong => Standing.Pong;

    public static Frame GoingAway => Standing.GoingAway;

    public static Frame TooLarge => Standing.TooLarge;

    public static Frame NewMessage(SupportMessage message, bool numbered = true) =>
        Of(new NewMessageFrame("new_message", message), Json.NewMessageFrame, numbered ? message.Seq : 0);

    public static Frame Read(string by, long upTo, string readAt) => Of(new ReadFrame("read", by, upTo, readAt), Json.ReadFrame);

    public static Frame Typing(Sender by, string chatId) => Of(new TypingFrame("typing", by.Type, by.Name, chatId), Json.TypingFrame);

    public static Frame AdminPresence(bool online) => Of(new AdminPresenceFrame("presence", online), Json.AdminPresenceFrame);

    public static Frame UserPresence(string chatId, bool online, string? pageUrl) =>
        Of(new UserPresenceFrame("presence", chatId, online, pageUrl), Json.UserPresenceFrame);

    public static Frame NewUserMessage(Chat chat, SupportMessage message) =>
        Of(new NewUserMessageFrame("new_user_message", chat.Id, chat.UserEmail, message), Json.NewUserMessageFrame);

    public static Frame ChatUpdated(SupportChatListItem item) => Of(new ChatUpdatedFrame("chat_updated", item), Json.ChatUpdatedFrame);

    public static Frame ChatDeleted(string chatId) => Of(new ChatDeletedFrame("chat_deleted", chatId), Json.ChatDeletedFrame);

    public static Frame Letter(string chatId, LeanChat.Mail.LetterNote letter) => Of(new LetterFrame("letter", chatId, letter), Json.LetterFrame);

    public static Frame Mail(MailStatus mail) => Of(new MailFrame("mail", mail.Sending, mail.Receiving, mail.Silent, mail.Untaken), Json.MailFrame);

    public static Frame Viewing(string chatId, IReadOnlyList<Viewer> viewers) => Of(new ViewingFrame("viewing", chatId, viewers), Json.ViewingFrame);

    public static Frame Error(ApiError error, string? clientId = null) =>
        Of(new ErrorFrame("error", error.Code, clientId, (long?)error.RetryAfter?.TotalMilliseconds), Json.ErrorFrame);

    public static Frame Ready(string? chatId, long? seq, bool adminOnline, Limits limits, long number) =>
        Of(new ReadyFrame("ready", chatId, seq, adminOnline, new SocketLimits(limits.ContentLength, limits.FrameBytes, limits.MessagesPerMinute)), Json.ReadyFrame, number, restarts: true);

    /// <summary>One JSON object of the right shape with no key twice, known or not; null for anything else.</summary>
    public static T? TryRead<T>(ReadOnlyMemory<byte> utf8, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            // The serializer minds only the keys that it knows; the document minds them all.
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.Deserialize(type);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a lone surrogate, which JSON can spell and text cannot hold.
            return null;
        }
    }

    /// <summary>Past the serializer, which would look up for each property how it is written: the generated code knows.</summary>
    private static Frame Of<T>(T value, JsonTypeInfo<T> type, long number = 0, bool restarts = false)
    {
        var (bytes, writer) = t_pad ??= NewPad();
        bytes.ResetWrittenCount();
        writer.Reset();
        type.SerializeHandler!(writer, value);
        writer.Flush();
        return Frame.Text(bytes.WrittenSpan, number, restarts);
    }

    private static Pad NewPad()
    {
        var bytes = new ArrayBufferWriter<byte>();
        return new Pad(bytes, new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    /// <summary>Frames that are always the same. Not among the fields above: the generated ones, by which they are written, may come later.</summary>
    private static class Standing
    {
        public static readonly Frame Pong = Of(new PongFrame("pong"), Json.PongFrame);
        public static readonly Frame GoingAway = Of(new GoingAwayFrame("going_away", 5000), Json.GoingAwayFrame);
        public static readonly Frame TooLarge = Error(ApiError.TooLarge);
    }

    /// <summary>Where frames are written before they are cut to their length.</summary>
    private sealed record Pad(ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Writer);
}
