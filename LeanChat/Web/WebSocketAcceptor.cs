using System.IO.Pipelines;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.Transport;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace LeanChat.Web;

/// <summary>Accepts WebSockets within the limits, in all and per address, and checks their keep-alives.</summary>
internal sealed partial class WebSocketAcceptor(
    Hub hub, ConcurrencyLimiter limiter, CurrentSettings settings, TimeProvider clock, ILogger<WebSocketAcceptor> log) : BackgroundLoop(log)
{
    private const string AllSockets = "sockets";

    /// <summary>How often a stop checks whether the last socket has closed.</summary>
    private static readonly TimeSpan StopCheckInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Keep-alives are checked this many times in the shorter of ping interval and pong time, every 10 ms to 1 s.</summary>
    private const int KeepAliveChecks = 20;

    private static readonly TimeSpan MinCheckInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxCheckInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Upgrades the request to a WebSocket and runs <paramref name="run"/> on it, beyond the end of the request; an error if a limit is
    /// reached. <paramref name="closed"/> is called in every case: when the socket closes, or at once if it is not accepted.
    /// <paramref name="protocol"/>: the subprotocol that the client asked for.
    /// </summary>
    public async Task<ApiError?> OpenAsync(
        HttpContext context, Mailbox mailbox, Func<WebSocketLoop, Task> run, Action closed, string? protocol = null)
    {
        var limits = settings.Value.Limits;
        var address = ClientAddress.Key(context);
        if (TryTake(address) is { } error)
        {
            closed();
            return error;
        }

        IDuplexPipe pipe;
        try
        {
            pipe = await WebSocketHandshake.AcceptAsync(context, protocol);
        }
        catch
        {
            Release(address);
            closed();
            throw;
        }

        // Captures nothing of the request: whatever it captured would live as long as the socket.
        Func<Connection, Task> serve = connection => ServeAsync(connection, mailbox, limits.Mailbox, address, run, closed);
        if (context.Features.Get<SocketTransportConnection>()?.TryHandOver(pipe, serve) != true)
            await serve(new PipeConnection(pipe, context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort));
        return null;
    }

    /// <summary>Pings silent sockets. In real time, not on the clock that tests set: connections are real.</summary>
    protected override async Task RunAsync(CancellationToken stopping)
    {
        var mailbox = settings.Value.Limits.Mailbox;
        var shorter = Math.Min(mailbox.PingInterval.Ticks, mailbox.PongTime.Ticks);
        var interval = TimeSpan.FromTicks(Math.Clamp(shorter / KeepAliveChecks, MinCheckInterval.Ticks, MaxCheckInterval.Ticks));
        using var timer = new PeriodicTimer(interval);
        while (await timer.WaitForNextTickAsync(stopping))
            hub.CheckKeepAlives();
    }

    /// <summary>Waits until every socket has closed: Kestrel does not know those that have left HTTP.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            while (hub.Count > 0)
                await Task.Delay(StopCheckInterval, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The time to stop is over: the remaining sockets end with the process.
        }
    }

    private async Task ServeAsync(
        Connection connection, Mailbox mailbox, MailboxLimits limits, string address, Func<WebSocketLoop, Task> run, Action closed)
    {
        try
        {
            await run(new WebSocketLoop(connection, mailbox, limits, clock, SocketFrames.TooLarge));
        }
        catch (Exception e)
        {
            // No caller observes this task, so the error is logged here.
            LogFailed(e);
        }

        connection.Close();
        Release(address);
        hub.Unregister(mailbox);
        closed();
    }

    /// <summary>Takes the place of a socket for this <see cref="ClientAddress.Key"/>; an error if a limit is reached.</summary>
    public ApiError? TryTake(string address)
    {
        var limits = settings.Value.Limits;
        if (!limiter.TryTake(AllSockets, limits.Sockets, out _))
            return ApiError.Overloaded;
        if (limiter.TryTake(address, limits.SocketsPerAddress, out _))
            return null;
        limiter.Release(AllSockets);
        return ApiError.TooManyRequests(TimeSpan.FromSeconds(30));
    }

    /// <summary>Gives the place back.</summary>
    public void Release(string address)
    {
        limiter.Release(address);
        limiter.Release(AllSockets);
    }

    [LoggerMessage(LogLevel.Error, "A socket failed")]
    private partial void LogFailed(Exception e);
}
