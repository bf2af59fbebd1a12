using System.IO.Pipelines;

namespace LeanChat.Files;

/// <summary>
/// Ends the reading of a body that arrives too slowly, or takes too long in all. Time that we take ourselves does not count.
/// </summary>
internal sealed class Pace : IDisposable
{
    private readonly PipeReader _reader;
    private readonly long _least;
    private readonly long _end;
    private readonly Timer _timer;
    private long _counted;
    private volatile bool _waiting;
    private volatile bool _late;

    public Pace(PipeReader reader, TimeSpan period, TimeSpan most, int leastPerSecond)
    {
        (_reader, _least) = (reader, (long)(period.TotalSeconds * leastPerSecond));
        _end = Environment.TickCount64 + (long)most.TotalMilliseconds;
        _timer = new Timer(_ => Check(), null, period, period);
    }

    public bool IsLate => _late;

    /// <summary>From now on it is the client that is waited for.</summary>
    public void Wait() => _waiting = true;

    /// <summary>Bytes have arrived.</summary>
    public void Count(long bytes)
    {
        _waiting = false;
        Interlocked.Add(ref _counted, bytes);
    }

    private void Check()
    {
        var slow = Interlocked.Exchange(ref _counted, 0) < _least && _waiting;
        if (!slow && Environment.TickCount64 < _end)
            return;
        _late = true;
        _reader.CancelPendingRead();
    }

    public void Dispose() => _timer.Dispose();
}
