using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Mail;

namespace LeanChat.Chats;

internal sealed record ReadyFrame(string Type, string? ChatId, long? Seq, bool AdminOnline, int? ReplyTime, SocketLimits Limits);

internal sealed record SocketLimits(
    int ContentLength, int FrameBytes, int MessagesPerMinute, long AttachmentBytes, IReadOnlyList<string> AttachmentTypes);

internal sealed record NewMessageFrame(string Type, SupportMessage Message);

internal sealed record ReadFrame(string Type, string By, long UpTo, string ReadAt);

internal sealed record TypingFrame(string Type, string By, string? Name, string? ChatId);

internal sealed record AdminPresenceFrame(string Type, bool AdminOnline);

/// <summary>To the dashboards: what visitors are told, and why.</summary>
internal sealed record PresenceStateFrame(string Type, bool AdminOnline, string Setting, bool Fixed, string Why, string? Until);

internal sealed record UserPresenceFrame(string Type, string ChatId, bool UserOnline, string? PageUrl);

internal sealed record NewUserMessageFrame(string Type, string ChatId, string? UserEmail, SupportMessage Message);

internal sealed record ChatUpdatedFrame(string Type, SupportChatListItem Chat);

internal sealed record ChatDeletedFrame(string Type, string ChatId);

internal sealed record LetterFrame(string Type, string ChatId, LetterNote Letter);

/// <summary>To the dashboards: a virus was found in a file.</summary>
internal sealed record AttachmentRefusedFrame(string Type, string ChatId, RefusedFile File);

internal sealed record ViewingFrame(string Type, string ChatId, IReadOnlyList<Viewer> Viewers);
