using LeanChat.Chats;
using LeanChat.Files;
using LeanChat.People;

namespace LeanChat.Admins;

/// <summary>Everything stored about a user.</summary>
/// <param name="Uploads">Files that were uploaded and are in no message yet.</param>
internal sealed record UserExport(
    User User, string? ChatId, string? ArchivedAt, IReadOnlyList<SupportMessage> Messages, IReadOnlyList<Attachment> Uploads,
    IReadOnlyList<SessionTimes> Sessions);
