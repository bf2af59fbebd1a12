using System.Threading.Channels;

namespace LeanChat.Live;

/// <summary>
/// Sees to it that mail is carried: a handful at once by whoever posted it, which saves waking a thread; a crowd's on rounds of
/// its own, one after the other, so that nobody who posts has to wait. What is posted together is carried together, so that a socket that gets
/// several frames gets them in one write.
/// </summary>
internal sealed partial class FanOut : IDisposable
{
    private const int Handful = 8;

    [ThreadStatic]
    private static List<Mailbox>? t_gathered;

    private readonly Channel<List<Mailbox>> _rounds = Channel.CreateUnbounded<List<Mailbox>>(new UnboundedChannelOptions { SingleReader = true });

    private readonly ILogger _log;

    public FanOut(ILogger log)
    {
        _log = log;
        _ = WalkAsync();
    }

    /// <summary>Runs <paramref name="posting"/>; what it posts is carried when it is through.</summary>
    public void Batch(Action posting)
    {
        if (t_gathered is not null)
        {
            posting();
            return;
        }

        var gathered = t_gathered = [];
        try
        {
            posting();
        }
        finally
        {
            t_gathered = null;
            Send(gathered);
        }
    }

    /// <summary>A mailbox has become due.</summary>
    internal static void Collect(Mailbox mailbox)
    {
        if (t_gathered is { } gathered)
            gathered.Add(mailbox);
        else
            mailbox.Carry();
    }

    private void Send(List<Mailbox> round)
    {
        if (round.Count > Handful)
        {
            _rounds.Writer.TryWrite(round);
            return;
        }

        foreach (var mailbox in round)
            mailbox.Carry();
    }

    private async Task WalkAsync()
    {
        await foreach (var round in _rounds.Reader.ReadAllAsync())
        {
            foreach (var mailbox in round)
                TryCarry(mailbox);
        }
    }

    private void TryCarry(Mailbox mailbox)
    {
        try
        {
            mailbox.Carry();
        }
        catch (Exception e)
        {
            // One mailbox ends neither this round nor all later ones.
            LogFailed(e);
        }
    }

    public void Dispose() => _rounds.Writer.TryComplete();

    [LoggerMessage(LogLevel.Error, "Mail could not be carried to a socket")]
    private partial void LogFailed(Exception e);
}
