namespace LeanChat.Background;

/// <summary>
/// The one guard of all background work: what a loop did not expect is logged, and after a pause it begins again. Nothing that
/// happens in it ends the process. Every hosted service of ours is one.
/// </summary>
internal abstract partial class BackgroundLoop(ILogger log) : BackgroundService
{
    /// <summary>For the loop's own lines, too.</summary>
    private protected readonly ILogger _log = log;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Who has gone on for so long has got over it.</summary>
    private static readonly TimeSpan Recovered = TimeSpan.FromMinutes(10);

    /// <summary>Works until it is stopped, or returns when there is nothing to do. It is called again after it has thrown.</summary>
    protected abstract Task RunAsync(CancellationToken stopping);

    /// <summary>Real time, not the clock of the work: that may be what is broken.</summary>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var pause = ShortestPause; !stoppingToken.IsCancellationRequested; pause = Longer(pause))
        {
            var begun = TimeProvider.System.GetTimestamp();
            try
            {
                await RunAsync(stoppingToken);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the server serves on. A cancellation that nobody asked for is a failure like any other.
                if (TimeProvider.System.GetElapsedTime(begun) > Recovered)
                    pause = ShortestPause;
                LogFailed(e, GetType().Name, pause.TotalSeconds);
            }

            await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    [LoggerMessage(LogLevel.Error, "{Work} failed and begins again in {Seconds} s")]
    private partial void LogFailed(Exception e, string work, double seconds);
}
