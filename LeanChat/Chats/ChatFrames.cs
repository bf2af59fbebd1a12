using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>The frames that the server sends to the sockets of a chat and of the dashboards.</summary>
internal static class ChatFrames
{
    /// <summary>A message. If <paramref name="numbered"/>, the frame carries its seq, and a socket that has sent it drops it.</summary>
    public static Frame NewMessage(SupportMessage message, bool numbered = true) =>
        JsonFrames.Of(new NewMessageFrame("new_message", message), ChatJson.Strict.NewMessageFrame, numbered ? message.Seq : 0);

    public static Frame Read(string by, long upTo, string readAt) =>
        JsonFrames.Of(new ReadFrame("read", by, upTo, readAt), ChatJson.Strict.ReadFrame);

    public static Frame Typing(Sender by, string chatId) =>
        JsonFrames.Of(new TypingFrame("typing", by.Type, by.Name, chatId), ChatJson.Strict.TypingFrame);

    public static Frame AdminPresence(bool online) =>
        JsonFrames.Of(new AdminPresenceFrame("presence", online), ChatJson.Strict.AdminPresenceFrame);

    public static Frame AdminPresence(PresenceState state) => JsonFrames.Of(
        new PresenceStateFrame("admin_presence", state.AdminOnline, state.Setting, state.Fixed, state.Why, state.Until),
        ChatJson.Strict.PresenceStateFrame);

    public static Frame UserPresence(string chatId, bool online, string? pageUrl) =>
        JsonFrames.Of(new UserPresenceFrame("presence", chatId, online, pageUrl), ChatJson.Strict.UserPresenceFrame);

    public static Frame NewUserMessage(Chat chat, SupportMessage message) =>
        JsonFrames.Of(new NewUserMessageFrame("new_user_message", chat.Id, chat.UserEmail, message), ChatJson.Strict.NewUserMessageFrame);

    public static Frame ChatUpdated(SupportChatListItem item) =>
        JsonFrames.Of(new ChatUpdatedFrame("chat_updated", item), ChatJson.Strict.ChatUpdatedFrame);

    public static Frame ChatDeleted(string chatId) =>
        JsonFrames.Of(new ChatDeletedFrame("chat_deleted", chatId), ChatJson.Strict.ChatDeletedFrame);

    public static Frame Letter(string chatId, LetterNote letter) =>
        JsonFrames.Of(new LetterFrame("letter", chatId, letter), ChatJson.Strict.LetterFrame);

    public static Frame AttachmentRefused(string chatId, RefusedFile file) =>
        JsonFrames.Of(new AttachmentRefusedFrame("attachment_refused", chatId, file), ChatJson.Strict.AttachmentRefusedFrame);

    public static Frame Viewing(string chatId, IReadOnlyList<Viewer> viewers) =>
        JsonFrames.Of(new ViewingFrame("viewing", chatId, viewers), ChatJson.Strict.ViewingFrame);

    /// <summary>The first frame of a socket. The messages after <paramref name="number"/> follow.</summary>
    public static Frame Ready(
        string? chatId, long? seq, bool adminOnline, int? replyTime, Settings settings, long number) => JsonFrames.Of(
        new ReadyFrame(
            "ready", chatId, seq, adminOnline, replyTime,
            new SocketLimits(
                settings.Limits.ContentLength, settings.Limits.FrameBytes, settings.Limits.MessagesPerMinute, settings.Files.ToldBytes,
                settings.Files.ToldTypes)),
        ChatJson.Strict.ReadyFrame, number, restarts: true);
}
