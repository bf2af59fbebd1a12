using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace LeanChat.Tests;

/// <summary>One open socket and everything heard on it.</summary>
internal sealed class Conversation : IAsyncDisposable
{
    /// <summary>A wait is over when what it waits for is there; this is only for when it never comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket;
    private readonly Channel<JsonObject> _heard = Channel.CreateUnbounded<JsonObject>();
    private readonly List<JsonObject> _all = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _listening;

    private Conversation(ClientWebSocket socket)
    {
        _socket = socket;
        _listening = ListenAsync();
    }

    /// <summary>Every frame so far, in order.</summary>
    public IReadOnlyList<JsonObject> All
    {
        get
        {
            lock (_all)
                return [.. _all];
        }
    }

    /// <summary>The messages so far, in the order they were heard.</summary>
    public IReadOnlyList<JsonNode> Messages => [.. Of("new_message").Select(frame => frame["message"]!)];

    /// <summary>The seqs of the messages so far, in the order they were heard.</summary>
    public IReadOnlyList<long> Seqs => [.. Messages.Select(message => (long)message["seq"]!)];

    /// <summary>Every frame of a type so far.</summary>
    public IReadOnlyList<JsonObject> Of(string type) => [.. All.Where(frame => (string?)frame["type"] == type)];

    public static Task<Conversation> OpenAsync(Uri address, string? origin = null, string? cookie = null)
    {
        List<(string, string)> headers = [];
        if (origin is not null)
            headers.Add(("Origin", origin));
        if (cookie is not null)
            headers.Add(("Cookie", cookie));
        return OpenAsync(address, [.. headers]);
    }

    /// <summary>Opens a socket with exactly these headers.</summary>
    public static Task<Conversation> OpenAsync(Uri address, params (string Name, string Value)[] headers) =>
        OpenAsync(address, null, headers);

    /// <summary>Opens a socket over a line of one's own choice.</summary>
    public static async Task<Conversation> OpenAsync(Uri address, HttpMessageInvoker? line, params (string Name, string Value)[] headers)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        foreach (var (name, value) in headers)
            socket.Options.SetRequestHeader(name, value);
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(address, line, CancellationToken.None).WaitAsync(Patience);
        }
        catch (WebSocketException e) when (socket.HttpStatusCode != 0)
        {
            // The handshake was refused; its status is what a test wants to know.
            throw new HandshakeRefusedException((int)socket.HttpStatusCode, e);
        }

        return new Conversation(socket);
    }

    public Task SayAsync(object frame) => SayRawAsync(System.Text.Json.JsonSerializer.Serialize(frame, Wire.Options));

    public Task SayRawAsync(string text) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    public Task SayBytesAsync(byte[] bytes, WebSocketMessageType type, bool end = true) =>
        _socket.SendAsync(bytes, type, end, CancellationToken.None);

    /// <summary>The next frame of a type that has not been asked for yet; others are passed over.</summary>
    public async Task<JsonObject> HearAsync(string type, Func<JsonObject, bool>? which = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                var frame = await _heard.Reader.ReadAsync(patience.Token);
                if ((string?)frame["type"] == type && which?.Invoke(frame) != false)
                    return frame;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            // Say what was heard instead: that is what a reader of the failure needs.
            throw new InvalidOperationException(
                $"No {type} was heard. Closed: {_socket.CloseStatus}. Heard: {string.Join("\n", All.Select(each => each.ToJsonString()))}",
                e);
        }
    }

    /// <summary>Waits until the message with this seq has been heard here, now or before, and tells it.</summary>
    public async Task<JsonNode> HearSeqAsync(long seq)
    {
        for (var next = 0; ;)
        {
            Task arrived;
            lock (_all)
            {
                for (; next < _all.Count; next++)
                {
                    if (_all[next]["message"] is { } message
                        && (string?)_all[next]["type"] == "new_message"
                        && (long)message["seq"]! == seq)
                        return message;
                }

                arrived = _arrived.Task;
            }

            if (await Task.WhenAny(arrived, _listening, Task.Delay(Patience)) != arrived)
                throw new InvalidOperationException(
                    $"No message {seq} was heard. Closed: {_socket.CloseStatus}. Heard: "
                    + $"{string.Join("\n", All.Select(each => each.ToJsonString()))}");
        }
    }

    /// <summary>Says something and waits for its acknowledgement.</summary>
    public async Task<JsonNode> SendAsync(string content, string clientId)
    {
        await SayAsync(new { action = "send_message", content, client_id = clientId });
        return (await HearAsync("new_message", frame => (string?)frame["message"]!["client_id"] == clientId))["message"]!;
    }

    /// <summary>Waits until the server has answered a ping: everything it said before that has been heard by then.</summary>
    public async Task SettleAsync()
    {
        await SayAsync(new { action = "ping" });
        await HearAsync("pong");
    }

    /// <summary>Waits for the end and tells the close code; 1006 for a line that broke.</summary>
    public async Task<int> ClosedAsync()
    {
        await _listening.WaitAsync(Patience);
        return (int?)_socket.CloseStatus ?? 1006;
    }

    public async Task HangUpAsync()
    {
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await _listening.WaitAsync(Patience);
    }

    /// <summary>Lets the line break without a word.</summary>
    public void Vanish() => _socket.Abort();

    private async Task ListenAsync()
    {
        var buffer = new byte[1 << 20];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    if (_socket.State == WebSocketState.CloseReceived)
                        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    break;
                }

                var frame = JsonNode.Parse(buffer.AsSpan(0, length))!.AsObject();
                lock (_all)
                {
                    _all.Add(frame);
                    _arrived.SetResult();
                    _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                _heard.Writer.TryWrite(frame);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The line broke: ClosedAsync tells it as 1006.
        }
        finally
        {
            _heard.Writer.TryComplete();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _listening;
        _socket.Dispose();
    }
}

/// <summary>The server said no before the upgrade.</summary>
internal sealed class HandshakeRefusedException(int status, Exception inner) : Exception($"The handshake was refused with {status}.", inner)
{
    public int Status { get; } = status;
}
