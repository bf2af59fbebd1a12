using System.Diagnostics.CodeAnalysis;
using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Live;

/// <summary>
/// Writes a mailbox's frames to its connection, waiting ones together, the close frame last. It has no thread of its own. It waits only
/// when the connection's buffer is full or a gap has to be read from the database.
/// </summary>
/// <param name="connection">Where the bytes go.</param>
/// <param name="mailbox">Where the frames wait.</param>
/// <param name="replies">Knows whether the reader has sent a close frame already; null: there is none.</param>
/// <param name="limits">How long a write may take.</param>
/// <param name="clock">Measures that.</param>
/// <param name="readAfter">
/// Reads the frames after a number from the database, oldest first. It fills the gap when a frame comes whose number is not the next.
/// Null: frames have no numbers here.
/// </param>
/// <param name="encoder">Makes the bytes of each frame.</param>
internal sealed class MailboxSender(
    Connection connection,
    Mailbox mailbox,
    ReplyStream? replies,
    MailboxLimits limits,
    TimeProvider clock,
    Func<long, IAsyncEnumerable<Frame>>? readAfter,
    FrameEncoder encoder)
{
    /// <summary>Waiting frames are joined to one write of about this many bytes.</summary>
    private const int JoinedBytes = 64 << 10;

    /// <summary>One buffer per thread is enough: a write takes its bytes over at once.</summary>
    [ThreadStatic]
    private static JoinedFrames? t_joined;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The newest number sent; null before the first.</summary>
    private long? _lastSent;

    /// <summary>Completes after the last write; fails with what a sequence in the mailbox threw.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Sends what waits. If the connection is full, it returns and goes on by itself once there is room.</summary>
    public void Send()
    {
        try
        {
            while (true)
            {
                var write = WriteWaiting(out var sequence);
                if (!write.IsCompletedSuccessfully || sequence is not null)
                {
                    _ = ContinueAsync(write, sequence);
                    return;
                }

                if (mailbox.IsEmpty(out var forGood))
                {
                    if (forGood)
                        _ = CloseAsync();
                    return;
                }
            }
        }
        catch (IOException)
        {
            Abort(CloseReason.Normal);
        }
    }

    /// <summary>Writes waiting frames, up to the next <paramref name="sequence"/>.</summary>
    private ValueTask WriteWaiting(out IAsyncEnumerable<Frame>? sequence)
    {
        if (!TryTakeUnsent(out var first, out sequence))
            return default;
        // The usual case: one frame, which needs no copy.
        if (!TryTakeUnsent(out var next, out sequence))
            return connection.WriteAsync(encoder.Encode(first).Span);

        var joined = t_joined ??= new JoinedFrames();
        joined.Add(encoder.Encode(first).Span);
        do
            joined.Add(encoder.Encode(next).Span);
        while (joined.Length < JoinedBytes && TryTakeUnsent(out next, out sequence));
        return Write(joined);
    }

    /// <summary>Takes the next frame to send; false when there is none, or a <paramref name="sequence"/> comes first.</summary>
    private bool TryTakeUnsent([NotNullWhen(true)] out Frame? unsent, out IAsyncEnumerable<Frame>? sequence)
    {
        (unsent, sequence) = (null, null);
        while (mailbox.TryTake(out var next))
        {
            if (next is not Frame frame)
            {
                sequence = (IAsyncEnumerable<Frame>)next;
                return false;
            }

            if (HasGapBefore(frame))
            {
                sequence = FillGapAsync(frame);
                return false;
            }

            if (TryAdvanceTo(frame))
            {
                unsent = frame;
                return true;
            }
        }

        return false;
    }

    private ValueTask Write(JoinedFrames joined)
    {
        try
        {
            return connection.WriteAsync(joined.Bytes);
        }
        finally
        {
            joined.Clear();
        }
    }

    private async Task ContinueAsync(ValueTask write, IAsyncEnumerable<Frame>? sequence)
    {
        try
        {
            await WithDeadlineAsync(write);
            if (sequence is not null)
                await SendAllAsync(sequence);
            Send();
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // The connection broke or its reader is stuck. A client that resumes gets the rest from the database.
            Abort(e is TimeoutException ? CloseReason.TooSlow : CloseReason.Normal);
        }
        catch (Exception e)
        {
            // The sequence threw: Ended passes it on.
            Abort(CloseReason.ServerError);
            _ended.TrySetException(e);
        }
    }

    private async Task SendAllAsync(IAsyncEnumerable<Frame> sequence)
    {
        var joined = new JoinedFrames();
        await foreach (var frame in sequence)
        {
            if (mailbox.CloseReason is { Drops: true })
                return;
            if (!TryAdvanceTo(frame))
                continue;
            joined.Add(encoder.Encode(frame).Span);
            if (joined.Length >= JoinedBytes)
                await WithDeadlineAsync(Write(joined));
        }

        await WithDeadlineAsync(Write(joined));
    }

    private async Task CloseAsync()
    {
        try
        {
            if (replies is not { Closed: true })
                await WithDeadlineAsync(connection.WriteAsync(encoder.Close(mailbox.CloseReason!).Span));
            _ = CutLaterAsync();
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // The other side did not wait for our close frame.
            connection.Cut(forget: e is TimeoutException);
        }

        _ended.TrySetResult();
    }

    /// <summary>Gives the other side time for its own close frame.</summary>
    private async Task CutLaterAsync()
    {
        await Task.Delay(MailboxLimits.CloseTime);
        connection.Cut();
    }

    private ValueTask WithDeadlineAsync(ValueTask write) =>
        write.IsCompletedSuccessfully ? write : new ValueTask(write.AsTask().WaitAsync(limits.WriteTime, clock));

    /// <summary>Takes a frame's number as sent; false if it was sent before: replayed and live frames overlap on purpose.</summary>
    private bool TryAdvanceTo(Frame frame)
    {
        if (frame.Number == 0 && !frame.Restarts)
            return true;
        if (frame.Number <= _lastSent && !frame.Restarts)
            return false;
        _lastSent = frame.Number;
        return true;
    }

    /// <summary>Whether frames are missing before this one. Nothing is missing before the first.</summary>
    private bool HasGapBefore(Frame frame) => readAfter is not null && !frame.Restarts && frame.Number > _lastSent + 1;

    /// <summary>What the database has after the last number sent; then the frame itself, in case the database does not have it.</summary>
    private async IAsyncEnumerable<Frame> FillGapAsync(Frame next)
    {
        await foreach (var frame in readAfter!(_lastSent!.Value))
            yield return frame;
        yield return next;
    }

    private void Abort(CloseReason reason)
    {
        mailbox.End(reason);
        mailbox.Cancel();
        connection.Cut(forget: reason == CloseReason.TooSlow);
        if (reason != CloseReason.ServerError)
            _ended.TrySetResult();
    }

    /// <summary>Frames joined for one write.</summary>
    private sealed class JoinedFrames
    {
        private byte[] _bytes = [];

        public int Length { get; private set; }

        public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

        public void Add(ReadOnlySpan<byte> frame)
        {
            if (Length + frame.Length > _bytes.Length)
                Array.Resize(ref _bytes, Math.Max(Length + frame.Length, _bytes.Length * 2));
            frame.CopyTo(_bytes.AsSpan(Length));
            Length += frame.Length;
        }

        public void Clear() => Length = 0;
    }
}
