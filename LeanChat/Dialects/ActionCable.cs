using LeanChat.Admins;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>
/// /cable: the chat as Rails' own client speaks (`actioncable-v1-json`). Channels: ChatChannel, SupportChatChannel, AdminChannel.
/// </summary>
internal sealed class ActionCable(DialectAcceptor acceptor, ChatConnections with, ILogger<ActionCable> log)
{
    private const string Protocol = "actioncable-v1-json";

    public Task ServeAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        return acceptor.ServeAsync(
            context, (socket, mailbox) => new CableConnection(with, mailbox, caller, socket.Share(), log).RunAsync(socket), Protocol);
    }
}

/// <summary>One connection of /cable.</summary>
internal sealed class CableConnection(ChatConnections with, Mailbox mailbox, Caller caller, SharedConnection connection, ILogger log)
{
    private const int MaxIdentifierBytes = 1024;
    private const int MaxMalformed = 3;

    /// <summary>Rails' client subscribes at once: whoever has not by then has nothing to ask for.</summary>
    private static readonly TimeSpan SubscribeTime = TimeSpan.FromSeconds(30);

    private readonly SubscriptionSet _subscriptions = new(with, mailbox, connection, log);
    private int _malformed;

    /// <summary>Runs the connection until it ends.</summary>
    public async Task RunAsync(WebSocketLoop socket)
    {
        mailbox.Post(CableEncoder.Message("""{"type":"welcome"}"""u8));
        using var deadline = with.Clock.CreateTimer(_ => EndUnlessSubscribed(), null, SubscribeTime, Timeout.InfiniteTimeSpan);
        try
        {
            await socket.RunAsync(ReceiveAsync, encoder: new CableEncoder(connection));
        }
        finally
        {
            await _subscriptions.CloseAllAsync();
        }
    }

    private void EndUnlessSubscribed()
    {
        if (!_subscriptions.AnyConfirmed)
            mailbox.End(CloseReason.NoAuth);
    }

    private ValueTask ReceiveAsync(ReadOnlyMemory<byte> message)
    {
        if (StrictJson.TryRead(message, DialectJson.Strict.CableCommand) is not { Identifier: { } identifier } command)
            return Malformed();
        switch (command.Command)
        {
            case "subscribe":
                return SubscribeAsync(identifier);
            case "unsubscribe":
                _subscriptions.Close(identifier);
                return default;
            case "message":
                return PerformAsync(identifier, command.Data);
            default:
                return Malformed();
        }
    }

    private ValueTask Malformed()
    {
        if (++_malformed >= MaxMalformed)
            mailbox.End(CloseReason.Malformed);
        return default;
    }

    private ValueTask SubscribeAsync(string identifier)
    {
        // The client asks again when it has waited for half a second.
        if (_subscriptions.Has(identifier))
            return default;
        var bytes = System.Text.Encoding.UTF8.GetBytes(identifier);
        var wanted = bytes.Length > MaxIdentifierBytes ? null : StrictJson.TryRead(bytes, DialectJson.Strict.ChatJoin);
        if (wanted?.Channel is not ("ChatChannel" or "SupportChatChannel" or "AdminChannel") || _subscriptions.IsFull)
        {
            mailbox.Post(CableSubscriptionEncoder.Rejection(FramePayload.Quote(identifier)));
            return default;
        }

        return _subscriptions.OpenAsync(identifier, new CableSubscriptionEncoder(identifier), part => wanted.Channel == "AdminChannel"
            ? JoinAdminsAsync(part)
            : wanted.JoinAsync(with, part, caller, _subscriptions.Presence));
    }

    private async ValueTask<(ClientConnection Client, ApiError? Error)> JoinAdminsAsync(Mailbox part)
    {
        if (caller.Admin is not { } admin)
            return (with.New(part, null, null), ApiError.Forbidden);
        var client = new AdminConnection(with, part, admin);
        return (client, await client.JoinAsync());
    }

    /// <summary>What a page performs is a frame of ours, written as JSON in a text. Who it is was settled when it subscribed.</summary>
    private ValueTask PerformAsync(string identifier, string? data)
    {
        if (_subscriptions.Find(identifier) is not { } client)
            return default;
        var frame = data is null ? null : ClientFrame.Read(System.Text.Encoding.UTF8.GetBytes(data));
        return client.ReceiveAsync(frame is { Action: "auth" } ? frame with { Action = null } : frame);
    }
}
