using LeanChat.Chats;

namespace LeanChat.Hooks;

/// <summary>The data of `chat.created`, `chat.archived` and `chat.restored`.</summary>
internal sealed record ChatData(SupportChatListItem Chat);

/// <summary>The data of `message.created` and `message.updated`.</summary>
internal sealed record MessageData(string ChatId, EventUser User, SupportMessage Message);

/// <summary>The data of `user.identified`.</summary>
internal sealed record IdentifiedData(string ChatId, EventUser User);

/// <summary>The data of `user.erased`.</summary>
internal sealed record ErasedData(string ChatId, string UserId);

/// <summary>The data of `rating.created`.</summary>
internal sealed record RatingData(string ChatId, string UserId, ChatRating Rating);

/// <summary>The data of `letter.failed`.</summary>
internal sealed record LetterData(string ChatId, string UserId, string Reason);

/// <summary>The data of `webhook.test`.</summary>
internal sealed record TestData(string Message);

/// <summary>The person on the website.</summary>
/// <param name="Verified">A signed identity vouches for the address.</param>
internal sealed record EventUser(string Id, string? Email, string? Name, bool Verified)
{
    public static EventUser Of(Chat chat) => new(chat.UserId, chat.UserEmail, chat.UserName, chat.UserVerified);
}
