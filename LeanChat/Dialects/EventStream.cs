using System.Globalization;
using LeanChat.Admins;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Web;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace LeanChat.Dialects;

/// <summary>
/// Server-sent events (HTML Standard §9.2): the frames of a chat, or of the dashboards, as a response that does not end. Whoever listens
/// so writes over HTTP.
/// </summary>
internal sealed class EventStream(WebSocketAcceptor acceptor, ChatConnections with)
{
    /// <summary>A user's: resumes after `Last-Event-ID`, which a browser sends when it comes back, else after `after`.</summary>
    public Task ServeUserAsync(HttpContext context)
    {
        if (!TryResume(context, out var after))
            return ApiResponse.Refuse(context, ApiError.BadRequest("`Last-Event-ID` and `after` must be whole numbers, 0 or more."));
        return ServeAsync(context, async mailbox =>
        {
            var client = with.New(mailbox, null, after);
            return (client, await client.JoinAsync(Caller.KnownSessionOf(context)));
        });
    }

    /// <summary>A dashboard's.</summary>
    public Task ServeAdminAsync(HttpContext context) => ServeAsync(context, async mailbox =>
    {
        var client = new AdminConnection(with, mailbox, Caller.KnownSessionOf(context));
        return (client, await client.JoinAsync());
    });

    private async Task ServeAsync(HttpContext context, Func<Mailbox, Task<(ClientConnection Client, ApiError? Error)>> join)
    {
        var mailbox = with.Hub.Register(with.Settings.Value.Limits.Mailbox);
        ClientConnection? client = null;
        var address = ClientAddress.Key(context);
        ApiError? error = ApiError.ServerError;
        try
        {
            (client, error) = await join(mailbox);
            error ??= acceptor.TryTake(address);
            if (error is null)
                await SendAsync(context, mailbox, client);
        }
        finally
        {
            if (error is null)
                acceptor.Release(address);
            with.Hub.Unregister(mailbox);
            client?.Leave();
        }

        if (error is not null)
            await ApiResponse.Refuse(context, error);
    }

    private async Task SendAsync(HttpContext context, Mailbox mailbox, ClientConnection client)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        // A proxy that gathers the answer before it passes it on would tell nothing at all.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            // The write deadline of all sockets applies instead.
            rate.MinDataRate = null;
        await context.Response.StartAsync();
        var limits = with.Settings.Value.Limits.Mailbox;
        var connection = new ResponseConnection(context.Response.BodyWriter, context.Abort);
        var encoder = new EventEncoder();
        var sender = new MailboxSender(connection, mailbox, null, limits, with.Clock, client.ReadAfter, encoder);
        mailbox.Attach(sender, new KeepAlive(connection, mailbox, limits, encoder));
        await using (context.RequestAborted.Register(() =>
        {
            mailbox.End(CloseReason.Normal);
            connection.Cut();
        }))
            await client.RunAsync(sender.Ended);
        connection.Close();
    }

    private static bool TryResume(HttpContext context, out long? after)
    {
        if (context.Request.Headers["Last-Event-ID"].ToString() is not { Length: > 0 } last)
            return ApiResponse.TryNumber(context, "after", out after);
        after = long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : null;
        return after is not null;
    }
}
