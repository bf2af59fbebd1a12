using System.Diagnostics.CodeAnalysis;
using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Live;

/// <summary>
/// Mailbox to connection: what has piled up leaves in one write, last of all the close frame. It has no thread of its own and
/// waits for nothing, unless the connection's buffer is full or a gap has to be read from the database.
/// </summary>
/// <param name="line">Where the bytes go.</param>
/// <param name="mailbox">Where the frames wait.</param>
/// <param name="replies">Tells whether the reader has sent a close frame already.</param>
/// <param name="limits">How long a write may take.</param>
/// <param name="clock">Measures that.</param>
/// <param name="readAfter">
/// Reads the frames after a number, oldest first: when a numbered frame comes that is not the next one, what lies between is read from
/// the database before it is sent. Null: nothing here is numbered.
/// </param>
internal sealed class MailboxSender(
    Connection line, Mailbox mailbox, ReplyStream replies, MailboxLimits limits, TimeProvider clock, Func<long, IAsyncEnumerable<Frame>>? readAfter)
{
    /// <summary>Frames that have piled up leave together, up to about this many bytes in one write.</summary>
    private const int JoinedBytes = 64 << 10;

    /// <summary>Where they are joined: a write takes them over at once.</summary>
    [ThreadStatic]
    private static Joined? t_joined;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The newest number sent; meaningless until <see cref="_counts"/>.</summary>
    private long _sent;
    private bool _counts;

    /// <summary>Completes when nothing more will be written; fails with what a sequence in the mailbox threw.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Carries what waits until nothing does, or until the line is full: then it goes on by itself once there is room.</summary>
    public void Carry()
    {
        try
        {
            while (true)
            {
                var write = WriteWaiting(out var sequence);
                if (!write.IsCompletedSuccessfully || sequence is not null)
                {
                    _ = GoOnAsync(write, sequence);
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
            Lose(CloseReason.Normal);
        }
    }

    /// <summary>Writes frames that wait; stops at a sequence, which it hands over.</summary>
    private ValueTask WriteWaiting(out IAsyncEnumerable<Frame>? sequence)
    {
        if (!TryTakeNews(out var only, out sequence))
            return default;
        // Alone, as most are, it leaves as it is.
        if (!TryTakeNews(out var next, out sequence))
            return line.WriteAsync(only.WebSocketBytes);

        var joined = t_joined ??= new Joined();
        joined.Add(only.WebSocketBytes);
        do
            joined.Add(next.WebSocketBytes);
        while (joined.Length < JoinedBytes && TryTakeNews(out next, out sequence));
        return Write(joined);
    }

    /// <summary>The next frame that this socket has not had; false when there is none for now, or a sequence comes first.</summary>
    private bool TryTakeNews([NotNullWhen(true)] out Frame? news, out IAsyncEnumerable<Frame>? sequence)
    {
        (news, sequence) = (null, null);
        while (mailbox.TryTake(out var next))
        {
            if (next is not Frame frame)
            {
                sequence = (IAsyncEnumerable<Frame>)next;
                return false;
            }

            if (IsBeyondNext(frame))
            {
                sequence = FillGapAsync(frame);
                return false;
            }

            if (IsNews(frame))
            {
                news = frame;
                return true;
            }
        }

        return false;
    }

    private ValueTask Write(Joined joined)
    {
        try
        {
            return line.WriteAsync(joined.Bytes);
        }
        finally
        {
            joined.Clear();
        }
    }

    private async Task GoOnAsync(ValueTask write, IAsyncEnumerable<Frame>? sequence)
    {
        try
        {
            await InTimeAsync(write);
            if (sequence is not null)
                await CarryAllAsync(sequence);
            Carry();
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // The line broke or its reader is stuck: what was not sent is in the database, for whoever resumes.
            Lose(e is TimeoutException ? CloseReason.TooSlow : CloseReason.Normal);
        }
        catch (Exception e)
        {
            // Whatever drawing the sequence threw: for whoever awaits the end.
            Lose(CloseReason.ServerError);
            _ended.TrySetException(e);
        }
    }

    private async Task CarryAllAsync(IAsyncEnumerable<Frame> sequence)
    {
        var joined = new Joined();
        await foreach (var frame in sequence)
        {
            if (mailbox.CloseReason is { Drops: true })
                return;
            if (!IsNews(frame))
                continue;
            joined.Add(frame.WebSocketBytes);
            if (joined.Length >= JoinedBytes)
                await InTimeAsync(Write(joined));
        }

        await InTimeAsync(Write(joined));
    }

    private async Task CloseAsync()
    {
        try
        {
            if (!replies.Closed)
                await InTimeAsync(line.WriteAsync(WebSocketWire.Close(mailbox.CloseReason!)));
            _ = CutLaterAsync();
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // It did not wait for our goodbye.
            line.Cut(forget: e is TimeoutException);
        }

        _ended.TrySetResult();
    }

    /// <summary>The other side has some time for its own goodbye.</summary>
    private async Task CutLaterAsync()
    {
        await Task.Delay(MailboxLimits.CloseTime);
        line.Cut();
    }

    private ValueTask InTimeAsync(ValueTask write) =>
        write.IsCompletedSuccessfully ? write : new ValueTask(write.AsTask().WaitAsync(limits.WriteTime, clock));

    /// <summary>Whether this socket has not had it yet: a replay and the live frames overlap on purpose.</summary>
    private bool IsNews(Frame frame)
    {
        if (frame.Number == 0 && !frame.Restarts)
            return true;
        if (frame.Number <= _sent && !frame.Restarts)
            return false;
        _sent = frame.Number;
        _counts = true;
        return true;
    }

    /// <summary>Whether numbers are missing between what this socket has had and this frame. Before the first frame nothing is missing.</summary>
    private bool IsBeyondNext(Frame frame) => readAfter is not null && _counts && !frame.Restarts && frame.Number > _sent + 1;

    /// <summary>What the database holds after the last number sent; then the frame itself, should the database not know it.</summary>
    private async IAsyncEnumerable<Frame> FillGapAsync(Frame beyond)
    {
        await foreach (var frame in readAfter!(_sent))
            yield return frame;
        yield return beyond;
    }

    private void Lose(CloseReason reason)
    {
        mailbox.End(reason);
        mailbox.Abandon();
        line.Cut(forget: reason == CloseReason.TooSlow);
        if (reason != CloseReason.ServerError)
            _ended.TrySetResult();
    }

    /// <summary>Frames one behind the other.</summary>
    private sealed class Joined
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
