using LeanChat.Live;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>/ws/chat: checks who may open a socket, as far as the handshake tells.</summary>
internal sealed class ChatSocketEndpoint(WebSocketAcceptor acceptor, ChatConnections connections)
{
    public async Task ServeAsync(HttpContext context)
    {
        if (await TryServeAsync(context) is { } error)
            await ApiResponse.Refuse(context, error);
    }

    private async Task<ApiError?> TryServeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var chatId = query.TryGetValue("chat_id", out var id) || query.TryGetValue("id", out id) ? id.ToString() : null;
        if (!ApiResponse.TryNumber(context, "after", out var after))
            return ApiError.BadRequest("`after` must be a seq, which is a whole number, 0 or more.");
        var mailbox = connections.Hub.Register(connections.Settings.Value.Limits.Mailbox);
        ApiError? error = ApiError.ServerError;
        try
        {
            var client = connections.New(mailbox, chatId, after);
            error = query["as"] == "admin"
                ? await client.JoinAsAdminAsync(Caller.KnownSessionOf(context))
                : await JoinAsync(client, mailbox, context);
            return error ??= await acceptor.OpenAsync(context, mailbox, client.RunAsync, client.Leave);
        }
        finally
        {
            if (error is not null)
                connections.Hub.Unregister(mailbox);
        }
    }

    /// <summary>By cookie, if there is one: who has none authenticates by the first frame.</summary>
    private static async Task<ApiError?> JoinAsync(ChatConnection client, Mailbox mailbox, HttpContext context)
    {
        if (Caller.SessionOf(context) is not { } session || await client.JoinAsync(session) is not { } error)
            return null;
        if (error != ApiError.Unauthorized)
            return error;
        // The session has just ended.
        mailbox.SetKey(null);
        return null;
    }
}
