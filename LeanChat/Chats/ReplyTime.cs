using LeanChat.Background;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>How soon somebody usually answers: the median of the last 30 days. Reckoned when somebody asks, at most once an hour.</summary>
internal sealed class ReplyTime(Database database, TimeProvider clock, ILogger<ReplyTime> log) : BackgroundLoop(log)
{
    /// <summary>Fewer say nothing about what is usual.</summary>
    private const int FewestReplies = 10;

    private static readonly TimeSpan Span = TimeSpan.FromDays(30);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly Alarm _alarm = new(clock);

    /// <summary>When it was last reckoned, as a timestamp of the clock, so that a clock that is set does not stop it; 0: never.</summary>
    private long _reckoned;

    /// <summary>0: not known.</summary>
    private volatile int _seconds;

    /// <summary>
    /// In whole seconds, rounded up; null while there are too few replies, or before it was reckoned. It never waits: what it tells may be
    /// an hour old, or older if nobody has asked since.
    /// </summary>
    public int? Seconds
    {
        get
        {
            if (IsOld)
                _alarm.Wake();
            return _seconds > 0 ? _seconds : null;
        }
    }

    /// <summary>Whether the present figure is of this hour.</summary>
    internal bool HasReckoned => !IsOld && _alarm.IsAsleep;

    private bool IsOld => Volatile.Read(ref _reckoned) is var last && (last == 0 || clock.GetElapsedTime(last) >= Interval);

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await _alarm.SleepAsync(null, stopping);
            if (!IsOld)
                continue;
            Volatile.Write(ref _reckoned, clock.GetTimestamp());
            var since = clock.GetUtcNow() - Span;
            _seconds = Usual(await database.ReadAsync(connection => ReplyTimeStore.Since(connection, since)));
        }
    }

    private static int Usual(List<TimeSpan> waits)
    {
        if (waits.Count < FewestReplies)
            return 0;
        waits.Sort();
        var median = (waits[(waits.Count - 1) / 2] + waits[waits.Count / 2]) / 2;
        return (int)Math.Ceiling(median.TotalSeconds);
    }
}
