using System.Threading.Channels;

namespace LeanChat.Live;

/// <summary>
/// Sends the frames of mailboxes that got some: a few mailboxes on the publishing thread, many on a task of its own, so that publishers
/// never wait. Frames that are published together leave in one write per socket.
/// </summary>
internal sealed partial class FanOut : IDisposable
{
    /// <summary>Up to this many mailboxes are emptied on the publishing thread.</summary>
    private const int InlineMailboxes = 8;

    [ThreadStatic]
    private static List<Mailbox>? t_batch;

    private readonly Channel<List<Mailbox>> _batches =
        Channel.CreateUnbounded<List<Mailbox>>(new UnboundedChannelOptions { SingleReader = true });

    private readonly ILogger _log;

    public FanOut(ILogger log)
    {
        _log = log;
        _ = SendBatchesAsync();
    }

    /// <summary>Runs <paramref name="posting"/>, then sends what it posted.</summary>
    public void Batch(Action posting)
    {
        if (t_batch is not null)
        {
            posting();
            return;
        }

        var batch = t_batch = [];
        try
        {
            posting();
        }
        finally
        {
            t_batch = null;
            Send(batch);
        }
    }

    /// <summary>Sends a mailbox's frames now, or at the end of the <see cref="Batch"/>.</summary>
    internal static void Add(Mailbox mailbox)
    {
        if (t_batch is { } batch)
            batch.Add(mailbox);
        else
            mailbox.Send();
    }

    private void Send(List<Mailbox> batch)
    {
        if (batch.Count > InlineMailboxes)
        {
            _batches.Writer.TryWrite(batch);
            return;
        }

        foreach (var mailbox in batch)
            mailbox.Send();
    }

    private async Task SendBatchesAsync()
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync())
        {
            foreach (var mailbox in batch)
                TrySend(mailbox);
        }
    }

    private void TrySend(Mailbox mailbox)
    {
        try
        {
            mailbox.Send();
        }
        catch (Exception e)
        {
            // The other mailboxes go on.
            LogFailed(e);
        }
    }

    public void Dispose() => _batches.Writer.TryComplete();

    [LoggerMessage(LogLevel.Error, "Waiting frames could not be sent to a socket")]
    private partial void LogFailed(Exception e);
}
