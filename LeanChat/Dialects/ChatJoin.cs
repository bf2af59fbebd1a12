using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>How a client of another protocol asks for a chat: the same fields in each of them.</summary>
/// <param name="Channel">ActionCable's channel.</param>
/// <param name="ChatId">The chat; null: that of the session.</param>
/// <param name="After">Resumes after this seq; null: from now on.</param>
/// <param name="Token">The token of a user's session; null: the cookie of our own pages.</param>
/// <param name="As">`admin`: as the admin of the cookie.</param>
internal sealed record ChatJoin(string? Channel, string? ChatId, long? After, string? Token, string? As)
{
    /// <summary>Joins the chat, or returns why it may not.</summary>
    public async ValueTask<(ClientConnection Client, ApiError? Error)> JoinAsync(
        ChatConnections with, Mailbox mailbox, Caller caller, SharedPresence? shared = null)
    {
        var client = with.New(mailbox, ChatId, After, shared);
        var error = After < 0 ? ApiError.BadRequest("`after` must be a seq, which is a whole number, 0 or more.")
            : As == "admin" ? caller.Admin is { } admin ? await client.JoinAsAdminAsync(admin) : ApiError.Forbidden
            : Token is { } token ? await client.JoinAsync(token, After)
            : caller.Session is { } session ? await client.JoinAsync(session)
            : ApiError.Unauthorized;
        return (client, error);
    }
}
