namespace LeanChat.Background;

/// <summary>
/// Background work that survives its exceptions: each is logged, and after a pause the work starts again. All our hosted services
/// derive from it.
/// </summary>
internal abstract partial class BackgroundLoop(ILogger log) : BackgroundService
{
    /// <summary>The derived class uses it as well.</summary>
    private protected readonly ILogger _log = log;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Work that ran this long counts as recovered: the next pause is short again.</summary>
    private static readonly TimeSpan Recovered = TimeSpan.FromMinutes(10);

    /// <summary>Works until it is stopped, or returns when there is nothing to do. It is called again after it has thrown.</summary>
    protected abstract Task RunAsync(CancellationToken stopping);

    /// <summary>Uses real time, not the injected clock, which may be what is broken.</summary>
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
                // Also a cancellation that nobody asked for.
                if (TimeProvider.System.GetElapsedTime(begun) > Recovered)
                    pause = ShortestPause;
                LogFailed(e, GetType().Name, pause.TotalSeconds);
            }

            await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    [LoggerMessage(LogLevel.Error, "{Work} failed; it starts again in {Seconds} s")]
    private partial void LogFailed(Exception e, string work, double seconds);
}
