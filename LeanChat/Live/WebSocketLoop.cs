using System.Buffers;
using System.Net.WebSockets;
using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Live;

/// <summary>The two loops of one WebSocket, and a tidy end to both.</summary>
/// <param name="line">What is left of the connection once HTTP has gone.</param>
/// <param name="mailbox">What waits to be sent.</param>
/// <param name="limits">Sizes and times.</param>
/// <param name="clock">Measures the times.</param>
/// <param name="tooLarge">What is said before <see cref="CloseReason.TooBig"/>.</param>
internal sealed class WebSocketLoop(Connection line, Mailbox mailbox, MailboxLimits limits, TimeProvider clock, Frame tooLarge)
{
    private const int FirstBuffer = 4 << 10;

    /// <summary>
    /// Runs until either side has closed. <paramref name="receive"/> gets each whole text message, one after the other;
    /// <paramref name="readAfter"/> reads the frames after a number, for gaps (<see cref="MailboxSender"/>).
    /// </summary>
    /// <returns>Why it ended; null when the line broke.</returns>
    public async Task<CloseReason?> RunAsync(Func<ReadOnlyMemory<byte>, ValueTask> receive, Func<long, IAsyncEnumerable<Frame>>? readAfter = null)
    {
        var keepAlive = new KeepAlive(line, mailbox, limits);
        using var deadline = new FrameDeadline(limits.FrameTime, clock, keepAlive, () => mailbox.End(CloseReason.Unfinished));
        line.Watched = deadline.Pass;
        var replies = new ReplyStream(line, mailbox);
        // Without pings of its own.
        using var socket = WebSocket.CreateFromStream(replies, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        var sender = new MailboxSender(line, mailbox, replies, limits, clock, readAfter);
        mailbox.Attach(sender, keepAlive);
        try
        {
            await ReadLoopAsync(socket, replies, receive);
        }
        catch
        {
            // Whatever the work on a frame threw flies on to be logged; the client hears that it was our fault.
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
                // Nothing is rented while nothing comes: an idle socket costs no buffer.
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
            // The reader has told the other side what it did wrong. Reading on for a moment lets that arrive before the line closes.
            mailbox.End(CloseReason.Malformed with { Code = replies.CloseCode });
            await DrainAsync();
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The line broke: nobody is there to be told, and whatever was not read had not been accepted.
            mailbox.End(CloseReason.Normal);
            line.Cut();
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
                    RefuseSize();
                    return;
                }

                if (length == buffer.Length)
                    buffer = Grow(buffer);
                receiving = socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
            }

            if (IsTooLarge(length))
                RefuseSize();
            else
                await WorkAsync(receive, buffer.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A frame is either worked on to its answer or not at all, also when a restart comes in between.</summary>
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

    private void RefuseSize()
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

    /// <summary>Reads and forgets what still comes, until the other side's close or until its time is over.</summary>
    private static async Task DrainAsync(WebSocket socket)
    {
        var scrap = new byte[512];
        try
        {
            while (socket.State is WebSocketState.Open)
                await socket.ReceiveAsync(scrap.AsMemory(), CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // It hung up without a word, or would not: so do we.
        }
    }

    /// <summary>The same once nobody knows any more where a frame begins: time enough to read our close.</summary>
    private async Task DrainAsync()
    {
        var scrap = new byte[512];
        while (await line.ReadAsync(scrap) > 0)
        {
        }
    }
}
