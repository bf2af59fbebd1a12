using System.Buffers;
using System.IO.Pipelines;

namespace LeanChat.Live;

/// <summary>
/// Mailbox to line: what has piled up leaves in one write, last of all the close frame. It has no thread of its own and
/// waits for nothing, unless the line is full.
/// </summary>
internal sealed class Delivery(PipeWriter line, Subscription mailbox, ReplyStream replies, MailboxLimits limits, TimeProvider clock, CancellationTokenSource broken)
{
    /// <summary>Frames that have piled up leave together, up to about this many bytes in one write.</summary>
    private const int JoinedBytes = 64 << 10;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sent;

    /// <summary>Completes when nothing more will be written; fails with what a sequence in the mailbox threw.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Carries what waits until nothing does, or until the line is full: then it goes on by itself once there is room.</summary>
    public void Carry()
    {
        try
        {
            while (true)
            {
                var sequence = Fill();
                var flush = line.FlushAsync(CancellationToken.None);
                if (!flush.IsCompletedSuccessfully || sequence is not null)
                {
                    _ = GoOnAsync(flush, sequence);
                    return;
                }

                if (flush.Result.IsCompleted)
                {
                    Lose(Goodbye.Normal);
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
        catch (Exception e) when (IsLoss(e) || e is InvalidOperationException)
        {
            // InvalidOperationException: the connection has ended its pipe meanwhile. It must not fly on: others wait in the same round.
            Lose(Goodbye.Normal);
        }
    }

    /// <summary>Writes frames that wait; stops at a sequence, which it hands over.</summary>
    private IAsyncEnumerable<Frame>? Fill()
    {
        for (var bytes = 0; bytes < JoinedBytes && mailbox.TryTake(out var next);)
        {
            if (next is not Frame frame)
                return (IAsyncEnumerable<Frame>)next;
            bytes += Write(frame);
        }

        return null;
    }

    private async Task GoOnAsync(ValueTask<FlushResult> flush, IAsyncEnumerable<Frame>? sequence)
    {
        try
        {
            await FlushedAsync(flush);
            if (sequence is not null)
                await CarryAllAsync(sequence);
            Carry();
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The line broke or its reader is stuck: what was not sent is in the database, for whoever resumes.
            Lose(e is TimeoutException ? Goodbye.TooSlow : Goodbye.Normal);
        }
        catch (Exception e)
        {
            // Whatever drawing the sequence threw: for whoever awaits the end.
            Lose(Goodbye.ServerError);
            _ended.TrySetException(e);
        }
    }

    private async Task CarryAllAsync(IAsyncEnumerable<Frame> sequence)
    {
        var bytes = 0;
        await foreach (var frame in sequence.WithCancellation(broken.Token))
        {
            if (mailbox.Goodbye is { Drops: true })
                return;
            bytes += Write(frame);
            if (bytes < JoinedBytes)
                continue;
            await FlushedAsync(line.FlushAsync(CancellationToken.None));
            bytes = 0;
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            if (!replies.Closed)
                line.Write(Frame.Close(mailbox.Goodbye!).Wire.Span);
            await FlushedAsync(line.FlushAsync(CancellationToken.None));
            broken.CancelAfter(MailboxLimits.CloseTime);
        }
        catch (Exception e) when (IsLoss(e) || e is InvalidOperationException)
        {
            // It did not wait for our goodbye.
            await broken.CancelAsync();
        }

        _ended.TrySetResult();
    }

    private async ValueTask FlushedAsync(ValueTask<FlushResult> flush)
    {
        var result = flush.IsCompletedSuccessfully ? flush.Result : await flush.AsTask().WaitAsync(limits.WriteTime, clock, broken.Token);
        if (result.IsCompleted)
            throw new IOException("The line is closed.");
    }

    private int Write(Frame frame)
    {
        if (!IsNews(frame))
            return 0;
        line.Write(frame.Wire.Span);
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

    private void Lose(Goodbye goodbye)
    {
        mailbox.End(goodbye);
        mailbox.Abandon();
        // Not on this thread: whoever waits for the line goes on at once otherwise. And first: who hears of the end disposes of it.
        _ = broken.CancelAsync();
        if (goodbye != Goodbye.ServerError)
            _ended.TrySetResult();
    }

    private static bool IsLoss(Exception e) => e is OperationCanceledException or IOException or ObjectDisposedException or TimeoutException;
}
