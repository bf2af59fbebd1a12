using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>/socket.io/: the chat as Socket.IO 4 speaks, over WebSocket only (Engine.IO 4).</summary>
internal sealed class SocketIo(DialectAcceptor acceptor, ChatConnections with)
{
    public Task ServeAsync(HttpContext context)
    {
        var (query, caller) = (context.Request.Query, Caller.Of(context));
        // In the words of Socket.IO's own server, so that its client tells them.
        var wrong = query["transport"] != "websocket" ? new PollingError(0, "Transport unknown")
            : query["EIO"] != "4" ? new PollingError(5, "Unsupported protocol version")
            : query.ContainsKey("sid") ? new PollingError(1, "Session ID unknown")
            : null;
        return wrong is not null
            ? ApiResponse.Json(context, wrong, DialectJson.Strict.PollingError, StatusCodes.Status400BadRequest)
            : acceptor.ServeAsync(context, (socket, mailbox) => new SocketIoConnection(with, mailbox, caller).RunAsync(socket));
    }
}

/// <summary>One connection of /socket.io/.</summary>
internal sealed class SocketIoConnection(ChatConnections with, Mailbox mailbox, Caller caller)
{
    private const int MaxMalformed = 3;

    private readonly TaskCompletionSource _ended = new();
    private ClientConnection? _client;
    private Task _running = Task.CompletedTask;
    private int _malformed;

    /// <summary>Runs the connection until it ends.</summary>
    public async Task RunAsync(WebSocketLoop socket)
    {
        var limits = with.Settings.Value.Limits;
        mailbox.Post(SocketIoEncoder.Open(limits.FrameBytes));
        using var deadline = with.Clock.CreateTimer(_ => EndUnlessConnected(), null, limits.AuthTime, Timeout.InfiniteTimeSpan);
        try
        {
            await socket.RunAsync(ReceiveAsync, after => _client!.ReadAfter!(after), new SocketIoEncoder());
        }
        finally
        {
            _ended.SetResult();
            await _running;
            _client?.Leave();
        }
    }

    private void EndUnlessConnected()
    {
        if (_client is null)
            mailbox.End(CloseReason.NoAuth);
    }

    /// <summary>An Engine.IO packet; one that carries a message holds a Socket.IO packet.</summary>
    private ValueTask ReceiveAsync(ReadOnlyMemory<byte> packet)
    {
        if (packet.Length == 0)
            return Malformed();
        switch (packet.Span[0])
        {
            case (byte)'1':
                mailbox.End(CloseReason.Normal);
                return default;
            case (byte)'3' or (byte)'6':
                return default;
            case (byte)'4' when packet.Length > 1:
                return ReceiveAsync(packet.Span[1], packet[2..]);
            default:
                return Malformed();
        }
    }

    private ValueTask ReceiveAsync(byte type, ReadOnlyMemory<byte> rest)
    {
        if (rest.Length > 0 && rest.Span[0] == '/')
        {
            var end = rest.Span.IndexOf((byte)',');
            var name = rest.Span[..(end < 0 ? rest.Length : end)];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (!name.SequenceEqual("/"u8))
            {
                if (type == '0')
                    mailbox.Post(SocketIoEncoder.InvalidNamespace(name));
                return default;
            }
        }

        switch (type)
        {
            case (byte)'0':
                return ConnectAsync(rest);
            case (byte)'1':
                mailbox.End(CloseReason.Normal);
                return default;
            case (byte)'2':
                return ReceiveEventAsync(rest);
            default:
                return Malformed();
        }
    }

    private async ValueTask ConnectAsync(ReadOnlyMemory<byte> auth)
    {
        if (_client is not null)
            return;
        var wanted = StrictJson.TryRead(auth.IsEmpty ? "{}"u8.ToArray() : auth, DialectJson.Strict.ChatJoin);
        try
        {
            (_client, var error) = wanted is null
                ? (with.New(mailbox, null, null), ApiError.BadRequest(""))
                : await wanted.JoinAsync(with, mailbox, caller);
            if (error is not null)
                _client.Refuse(error);
            else
                _running = _client.RunAsync(_ended.Task);
        }
        catch (StorageException)
        {
            mailbox.End(CloseReason.Overloaded);
        }
    }

    /// <summary>`[name, argument]`, after the number under which it is to be acknowledged, if it is.</summary>
    private ValueTask ReceiveEventAsync(ReadOnlyMemory<byte> rest)
    {
        var digits = rest.Span.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var number = digits > 0 ? rest[..digits].ToArray() : null;
        if (_client is null || digits < 0 || Read(rest[digits..], out var name) is not { } frame)
        {
            if (_client is not null && number is not null)
                mailbox.Post(SocketIoEncoder.Unsent(number, ApiError.BadRequest("This is no event with one object."), null));
            return Malformed();
        }

        frame = frame with { Action = name == "auth" ? null : name };
        if (number is not null && name == "send_message")
            frame = frame with
            {
                Acknowledge = outcome => mailbox.Post(outcome.Is(out var message, out var error)
                    ? SocketIoEncoder.Sent(number, message)
                    : SocketIoEncoder.Unsent(number, error, frame.SafeClientId())),
            };
        return _client.ReceiveAsync(frame);
    }

    private ValueTask Malformed()
    {
        if (_client is null)
            mailbox.End(CloseReason.Malformed);
        else
            mailbox.Post(SocketFrames.Error(ApiError.BadRequest("")));
        if (++_malformed >= MaxMalformed)
            mailbox.End(CloseReason.Malformed);
        return default;
    }

    private static ClientFrame? Read(ReadOnlyMemory<byte> json, out string? name)
    {
        name = null;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() is 0 or > 2
                || list[0].ValueKind != JsonValueKind.String)
                return null;
            name = list[0].GetString();
            return ClientFrame.Read(list.GetArrayLength() > 1 ? JsonMarshal.GetRawUtf8Value(list[1]).ToArray() : "{}"u8.ToArray());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a lone surrogate escape, which is not valid text.
            return null;
        }
    }
}
