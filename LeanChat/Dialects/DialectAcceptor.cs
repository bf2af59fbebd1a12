using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>Accepts the WebSockets of other protocols, within the limits of all sockets.</summary>
internal sealed class DialectAcceptor(WebSocketAcceptor acceptor, ChatConnections with)
{
    /// <summary>
    /// Upgrades the request and runs <paramref name="run"/> on it. A <paramref name="protocol"/> that the client offers is chosen.
    /// </summary>
    public async Task ServeAsync(HttpContext context, Func<WebSocketLoop, Mailbox, Task> run, string? protocol = null)
    {
        if (await TryServeAsync(context, run, protocol) is { } error)
            await ApiResponse.Refuse(context, error);
    }

    private async Task<ApiError?> TryServeAsync(HttpContext context, Func<WebSocketLoop, Mailbox, Task> run, string? protocol)
    {
        if (WebSocketHandshake.Check(context) is { } wrong)
            return wrong;
        var mailbox = with.Hub.Register(with.Settings.Value.Limits.Mailbox);
        ApiError? error = ApiError.ServerError;
        try
        {
            var chosen = protocol is not null && WebSocketHandshake.Offers(context, protocol) ? protocol : null;
            return error = await acceptor.OpenAsync(context, mailbox, socket => run(socket, mailbox), static () => { }, chosen);
        }
        finally
        {
            if (error is not null)
                with.Hub.Unregister(mailbox);
        }
    }
}
