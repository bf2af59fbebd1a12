using System.Threading.Channels;

namespace LeanChat.Background;

/// <summary>Sleeps until a time, or until it is woken. Woken while nobody sleeps, the next sleep is over at once.</summary>
internal sealed class Alarm(TimeProvider clock)
{
    /// <summary>More time than this between two statements means that the clock was set.</summary>
    private static readonly TimeSpan ClockJump = TimeSpan.FromMilliseconds(500);

    /// <summary>A timer takes at most 49 days. Whoever sleeps looks at the time again when it wakes.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public bool IsAsleep { get; private set; }

    public void Wake() => _wake.Writer.TryWrite(true);

    /// <param name="until">Null: until it is woken.</param>
    /// <param name="stopping">Ends the sleep with an exception.</param>
    public async Task SleepAsync(DateTimeOffset? until, CancellationToken stopping)
    {
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var woken = _wake.Reader.ReadAsync(awake.Token).AsTask();
        var now = clock.GetUtcNow();
        var due = until is { } time ? Task.Delay(Within(time - now), clock, awake.Token) : Task.Delay(Timeout.Infinite, awake.Token);
        // If the clock was set between reading it and starting the delay, the delay may be far too long.
        if ((clock.GetUtcNow() - now).Duration() < ClockJump)
        {
            IsAsleep = true;
            await await Task.WhenAny(woken, due);
            IsAsleep = false;
        }

        await awake.CancelAsync();
    }

    private static TimeSpan Within(TimeSpan time) =>
        time <= TimeSpan.Zero ? TimeSpan.Zero : time < LongestSleep ? time : LongestSleep;
}
