using LeanChat.Chats;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>/ws/admin: sends every change to every open dashboard.</summary>
internal sealed class AdminSocketEndpoint(WebSocketAcceptor acceptor, ChatConnections connections)
{
    public async Task ServeAsync(HttpContext context)
    {
        if (await TryServeAsync(context) is { } error)
            await ApiResponse.Refuse(context, error);
    }

    private async Task<ApiError?> TryServeAsync(HttpContext context)
    {
        var mailbox = connections.Hub.Register(connections.Settings.Value.Limits.Mailbox);
        ApiError? error = ApiError.ServerError;
        try
        {
            var client = new AdminConnection(connections, mailbox, Caller.KnownSessionOf(context));
            error = await client.JoinAsync();
            return error ??= await acceptor.OpenAsync(context, mailbox, client.RunAsync, client.Leave);
        }
        finally
        {
            if (error is not null)
                connections.Hub.Unregister(mailbox);
        }
    }
}
