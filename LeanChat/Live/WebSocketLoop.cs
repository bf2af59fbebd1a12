using System.Buffers;
using System.Net.WebSockets;
using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Live;

/// <summary>Runs one WebSocket: reads messages, and sends the mailbox's frames.</summary>
/// <param name="connection">The connection after the handshake.</param>
/// <param name="mailbox">What waits to be sent.</param>
/// <param name="limits">Sizes and times.</param>
/// <param name="clock">Measures the times.</param>
/// <param name="tooLarge">Sent before <see cref="CloseReason.TooBig"/>.</param>
internal sealed class WebSocketLoop(Connection connection, Mailbox mailbox, MailboxLimits limits, TimeProvider clock, Frame tooLarge)
{
    private const int FirstBuffer = 4 << 10;

    private SharedConnection? _shared;

    /// <summary>Lets other mailboxes write to the connection, too. To be called before it runs.</summary>
    public SharedConnection Share() => _shared ??= new SharedConnection(connection);

    /// <summary>
    /// Runs until either side has closed. <paramref name="receive"/> gets each whole text message, one after the other;
    /// <paramref name="readAfter"/> reads the frames after a number, for gaps (<see cref="MailboxSender"/>); <paramref name="encoder"/>
    /// writes them as the client's protocol wants them, ours if it is null.
    /// </summary>
    /// <returns>Why it ended. <see cref="CloseReason.Normal"/> also when the connection broke.</returns>
    public async Task<CloseReason?> RunAsync(
        Func<ReadOnlyMemory<byte>, ValueTask> receive, Func<long, IAsyncEnumerable<Frame>>? readAfter = null, FrameEncoder? encoder = null)
    {
        encoder ??= WebSocketEncoder.Instance;
        var keepAlive = new KeepAlive(connection, mailbox, limits, encoder);
        using var deadline = new FrameDeadline(limits.FrameTime, clock, keepAlive, () => mailbox.End(CloseReason.Unfinished));
        connection.Observer = deadline.Pass;
        var replies = new ReplyStream(connection, mailbox);
        // KeepAlive pings instead.
        var options = new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = Timeout.InfiniteTimeSpan };
        using var socket = WebSocket.CreateFromStream(replies, options);
        var sender = new MailboxSender(_shared ?? connection, mailbox, replies, limits, clock, readAfter, encoder);
        mailbox.Attach(sender, keepAlive);
        try
        {
            await ReadLoopAsync(socket, replies, receive);
        }
        catch
        {
            // Work on a message threw. The caller logs it; the client gets a server error.
            mailbox.End(CloseReason.ServerError);
            await sender.Ended;
            throw;
        }

        await sender.Ended;
        return mailbox.CloseReason;
    }

    private async Task ReadLoopAsync(WebSocket socket, ReplyStream replies, Func<ReadOnlyMemory<byte>, ValueTask> receive)
    {
        try
        {
            while (mailbox.CloseReason is null)
            {
                // Waits without a buffer: an idle socket costs none.
                var begun = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
                if (begun.MessageType == WebSocketMessageType.Close)
                    mailbox.End(CloseReason.Normal);
                else if (begun.MessageType == WebSocketMessageType.Binary)
                    mailbox.End(CloseReason.Binary);
                else if (begun.EndOfMessage)
                    await WorkAsync(receive, ReadOnlyMemory<byte>.Empty);
                else
                    await ReadMessageAsync(socket, receive);
            }

            await DrainAsync(socket);
        }
        catch (WebSocketException) when (replies.Closed)
        {
            // The reader has sent a close frame. Reading on for a moment lets it arrive before the connection closes.
            mailbox.End(CloseReason.Malformed with { Code = replies.CloseCode });
            await DrainAsync();
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The connection broke. What was not read was not accepted.
            mailbox.End(CloseReason.Normal);
            connection.Cut();
        }
    }

    private async Task ReadMessageAsync(WebSocket socket, Func<ReadOnlyMemory<byte>, ValueTask> receive)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var length = 0;
            var receiving = socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            while (true)
            {
                var part = await receiving;
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    mailbox.End(CloseReason.Normal);
                    return;
                }

                if (part.EndOfMessage)
                    break;
                if (IsTooLarge(length + 1))
                {
                    RejectSize();
                    return;
                }

                if (length == buffer.Length)
                    buffer = Grow(buffer);
                receiving = socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
            }

            if (IsTooLarge(length))
                RejectSize();
            else
                await WorkAsync(receive, buffer.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Handles a message completely or not at all, also during a restart.</summary>
    private async ValueTask WorkAsync(Func<ReadOnlyMemory<byte>, ValueTask> receive, ReadOnlyMemory<byte> message)
    {
        if (!mailbox.TryBegin())
            return;
        try
        {
            await receive(message);
        }
        finally
        {
            mailbox.Finish();
        }
    }

    private void RejectSize()
    {
        mailbox.Post(tooLarge);
        mailbox.End(CloseReason.TooBig);
    }

    private bool IsTooLarge(int length) => limits.FrameBytes > 0 && length > limits.FrameBytes;

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <summary>Discards what still comes, until the other side's close frame or until its time is over.</summary>
    private static async Task DrainAsync(WebSocket socket)
    {
        var discarded = new byte[512];
        try
        {
            while (socket.State is WebSocketState.Open)
                await socket.ReceiveAsync(discarded.AsMemory(), CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The other side left without a close frame, or its time was over.
        }
    }

    /// <summary>The same after malformed frames: discards bytes until the connection ends.</summary>
    private async Task DrainAsync()
    {
        var discarded = new byte[512];
        while (await connection.ReadAsync(discarded) > 0)
        {
        }
    }
}
