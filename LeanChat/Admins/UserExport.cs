using LeanChat.Chats;
using LeanChat.People;

namespace LeanChat.Admins;

/// <summary>Everything stored about a user.</summary>
internal sealed record UserExport(
    User User, string? ChatId, string? ArchivedAt, IReadOnlyList<SupportMessage> Messages, IReadOnlyList<SessionTimes> Sessions);
