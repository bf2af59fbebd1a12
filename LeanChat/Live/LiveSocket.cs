using System.Buffers;
using System.Net.WebSockets;

namespace LeanChat.Live;

/// <summary>The two loops of one WebSocket, and a tidy end to both.</summary>
/// <param name="line">The upgraded connection.</param>
/// <param name="mailbox">What waits to be sent.</param>
/// <param name="limits">Sizes and times.</param>
/// <param name="clock">Measures the times.</param>
/// <param name="tooLarge">What is said before <see cref="Goodbye.TooBig"/>.</param>
internal sealed class LiveSocket(Stream line, Subscription mailbox, MailboxLimits limits, TimeProvider clock, Frame tooLarge)
{
    /// <summary>Frames that have piled up leave together, up to this many bytes in one write.</summary>
    private const int JoinedBytes = 64 << 10;

    private const int FirstBuffer = 4 << 10;

    private long _sent;

    /// <summary>
    /// Runs until either side has said goodbye. <paramref name="receive"/> gets each whole text message, one after the other.
    /// </summary>
    /// <returns>Why it ended; null when the line broke.</returns>
    public async Task<Goodbye?> RunAsync(Func<ReadOnlyMemory<byte>, ValueTask> receive, CancellationToken aborted = default)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var deadline = new FrameDeadline(limits.FrameTime, clock, () => mailbox.End(Goodbye.Unfinished));
        var replies = new ReplyStream(line, mailbox, deadline, broken.Cancel);
        using var socket = WebSocket.CreateFromStream(replies, new WebSocketCreationOptions
        {
            IsServer = true,
            // The WebSocket looks at both only every quarter of the timeout, and rounds up: asked for a little less, it keeps to the limits.
            KeepAliveInterval = limits.PingInterval - (limits.PongTime * 0.1),
            KeepAliveTimeout = limits.PongTime * 0.8,
        });
        var writing = WriteLoopAsync(replies, broken);
        try
        {
            await ReadLoopAsync(socket, replies, receive, broken);
        }
        catch
        {
            // Whatever the work on a frame threw flies on to be logged; the client hears that it was our fault.
            mailbox.End(Goodbye.ServerError);
            await writing;
            throw;
        }

        await writing;
        return mailbox.Goodbye;
    }

    private async Task ReadLoopAsync(WebSocket socket, ReplyStream replies, Func<ReadOnlyMemory<byte>, ValueTask> receive, CancellationTokenSource broken)
    {
        try
        {
            while (mailbox.Goodbye is null)
            {
                // Nothing is rented while nothing comes: an idle socket costs no buffer.
                var begun = await socket.ReceiveAsync(Memory<byte>.Empty, broken.Token);
                if (begun.MessageType == WebSocketMessageType.Close)
                    mailbox.End(Goodbye.Normal);
                else if (begun.MessageType == WebSocketMessageType.Binary)
                    mailbox.End(Goodbye.Binary);
                else if (begun.EndOfMessage)
                    await WorkAsync(receive, ReadOnlyMemory<byte>.Empty);
                else
                    await ReadMessageAsync(socket, receive, broken.Token);
            }

            await DrainAsync(socket, broken.Token);
        }
        catch (WebSocketException) when (replies.Closed)
        {
            // The reader has told the other side what it did wrong. Reading on for a moment lets that arrive before the line closes.
            mailbox.End(Goodbye.Malformed);
            await DrainAsync(line, broken.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The line broke: nobody is there to be told, and whatever was not read had not been accepted.
            mailbox.End(Goodbye.Normal);
            await broken.CancelAsync();
        }
    }

    private async Task ReadMessageAsync(WebSocket socket, Func<ReadOnlyMemory<byte>, ValueTask> receive, CancellationToken broken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var length = 0;
            var receiving = socket.ReceiveAsync(buffer.AsMemory(), broken);
            while (true)
            {
                var part = await receiving;
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    mailbox.End(Goodbye.Normal);
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
                receiving = socket.ReceiveAsync(buffer.AsMemory(length), broken);
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
        mailbox.End(Goodbye.TooBig);
    }

    private bool IsTooLarge(int length) => limits.FrameBytes > 0 && length > limits.FrameBytes;

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <summary>Mailbox to line, joined where frames have piled up; last of all the close frame.</summary>
    private async Task WriteLoopAsync(ReplyStream replies, CancellationTokenSource broken)
    {
        try
        {
            while (await mailbox.Mail.WaitToReadAsync(broken.Token))
            {
                while (!Dropping && mailbox.Mail.TryRead(out var next))
                {
                    if (next is Frame frame)
                        await WriteJoinedAsync(frame, broken.Token);
                    else
                        await WriteAllAsync((IAsyncEnumerable<Frame>)next, broken.Token);
                }

                if (Dropping)
                    break;
            }

            if (!replies.Closed)
                await WriteAsync(Frame.Close(mailbox.Goodbye!).Wire, broken.Token);
            broken.CancelAfter(MailboxLimits.CloseTime);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or TimeoutException)
        {
            // The line broke or its reader is stuck: what was not sent is in the database, for whoever resumes.
            mailbox.End(e is TimeoutException ? Goodbye.TooSlow : Goodbye.Normal);
            await broken.CancelAsync();
        }
    }

    private bool Dropping => mailbox.Goodbye is { Drops: true };

    private async ValueTask WriteAllAsync(IAsyncEnumerable<Frame> frames, CancellationToken broken)
    {
        await foreach (var frame in frames.WithCancellation(broken))
        {
            if (Dropping)
                return;
            if (IsNews(frame))
                await WriteAsync(frame.Wire, broken);
        }
    }

    private async ValueTask WriteJoinedAsync(Frame first, CancellationToken broken)
    {
        if (!mailbox.Mail.TryPeek(out var second) || second is not Frame || first.Wire.Length >= JoinedBytes)
        {
            mailbox.Sent(first.Wire.Length);
            if (IsNews(first))
                await WriteAsync(first.Wire, broken);
            return;
        }

        var joined = ArrayPool<byte>.Shared.Rent(JoinedBytes);
        try
        {
            var length = Append(first, joined, 0);
            while (mailbox.Mail.TryPeek(out var next) && next is Frame frame && length + frame.Wire.Length <= joined.Length && mailbox.Mail.TryRead(out _))
                length += Append(frame, joined, length);
            await WriteAsync(joined.AsMemory(0, length), broken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    private int Append(Frame frame, byte[] joined, int at)
    {
        mailbox.Sent(frame.Wire.Length);
        if (!IsNews(frame))
            return 0;
        frame.Wire.Span.CopyTo(joined.AsSpan(at));
        return frame.Wire.Length;
    }

    /// <summary>Whether this socket has not had it yet: a replay and the live frames overlap on purpose.</summary>
    private bool IsNews(Frame frame)
    {
        if (frame.Number == 0 && !frame.Restarts)
            return true;
        if (frame.Number <= _sent && !frame.Restarts)
            return false;
        _sent = frame.Number;
        return true;
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> wire, CancellationToken broken)
    {
        if (wire.IsEmpty)
            return;
        var write = line.WriteAsync(wire, broken);
        if (!write.IsCompletedSuccessfully)
            await write.AsTask().WaitAsync(limits.WriteTime, clock, broken);
    }

    /// <summary>Reads and forgets what still comes, until the other side's close or until its time is over.</summary>
    private static async Task DrainAsync(WebSocket socket, CancellationToken broken)
    {
        var scrap = new byte[512];
        try
        {
            while (socket.State is WebSocketState.Open)
                await socket.ReceiveAsync(scrap.AsMemory(), broken);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // It hung up without a word, or would not: so do we.
        }
    }

    private static async Task DrainAsync(Stream line, CancellationToken broken)
    {
        var scrap = new byte[512];
        try
        {
            while (await line.ReadAsync(scrap, broken) > 0)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Time enough to read our close.
        }
    }
}
