using System.Collections.Concurrent;

namespace LeanChat.Live;

/// <summary>
/// Sees to it that mail is carried: a handful at once by whoever posted it, which saves waking a thread; a crowd's by a thread
/// of its own, so that nobody who posts has to wait. What is posted together is carried together, so that a socket that gets
/// several frames gets them in one write.
/// </summary>
internal sealed class Postman : IDisposable
{
    private const int Handful = 8;

    [ThreadStatic]
    private static List<Subscription>? t_gathered;

    private readonly ConcurrentQueue<List<Subscription>> _rounds = new();
    // Not a SemaphoreSlim: that one spins before it sleeps, which at the pace of a chat costs more than the mail.
    private readonly AutoResetEvent _bell = new(false);
    private readonly Thread _thread;
    private volatile bool _ended;

    public Postman()
    {
        _thread = new Thread(Walk) { Name = "postman", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="posting"/>; what it posts is carried when it is through.</summary>
    public void Gather(Action posting)
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
    internal static void Collect(Subscription mailbox)
    {
        if (t_gathered is { } gathered)
            gathered.Add(mailbox);
        else
            mailbox.Carry();
    }

    private void Send(List<Subscription> round)
    {
        if (round.Count > Handful)
        {
            _rounds.Enqueue(round);
            _bell.Set();
            return;
        }

        foreach (var mailbox in round)
            mailbox.Carry();
    }

    private void Walk()
    {
        while (!_ended)
        {
            _bell.WaitOne();
            while (_rounds.TryDequeue(out var round))
            {
                foreach (var mailbox in round)
                    mailbox.Carry();
            }
        }
    }

    public void Dispose()
    {
        _ended = true;
        _bell.Set();
        _thread.Join();
        _bell.Dispose();
    }
}
