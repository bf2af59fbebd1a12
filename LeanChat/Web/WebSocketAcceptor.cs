using System.IO.Pipelines;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.Transport;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace LeanChat.Web;

/// <summary>Where sockets come in: so many in all, so many from one address.</summary>
internal sealed partial class WebSocketAcceptor(Hub hub, ConcurrencyLimiter seats, CurrentSettings settings, TimeProvider clock, ILogger<WebSocketAcceptor> log) : BackgroundLoop(log)
{
    private const string Everybody = "sockets";

    /// <summary>How often it is looked whether the last socket has gone.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>The times of pings are kept as exactly as to this part of them,</summary>
    private const int PulsesEach = 20;

    /// <summary>within these limits.</summary>
    private static readonly TimeSpan MostOften = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LeastOften = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Takes a seat, upgrades, and has <paramref name="run"/> run to its end, after the request. Then the seat is given back and the
    /// hub left. <paramref name="left"/> is said in every case: at the end, or at once where it is refused.
    /// </summary>
    public async Task<ApiError?> OpenAsync(HttpContext context, Mailbox mailbox, Func<WebSocketLoop, Task> run, Action left)
    {
        var limits = settings.Value.Limits;
        var address = ClientAddress.Key(context);
        if (TakeSeat(address, limits) is { } error)
        {
            left();
            return error;
        }

        IDuplexPipe pipe;
        try
        {
            pipe = await WebSocketHandshake.AcceptAsync(context);
        }
        catch
        {
            GiveBack(address);
            left();
            throw;
        }

        // No word of the request in here: it would be kept for as long as the socket.
        Func<Connection, Task> serve = line => ServeAsync(line, mailbox, limits.Mailbox, address, run, left);
        if (context.Features.Get<SocketTransportConnection>()?.TryHandOver(pipe, serve) != true)
            await serve(new PipeConnection(pipe, context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort));
        return null;
    }

    /// <summary>Pings who is silent. Real time, not the clock that stories turn: lines are of this world.</summary>
    protected override async Task RunAsync(CancellationToken stopping)
    {
        var mailbox = settings.Value.Limits.Mailbox;
        var often = TimeSpan.FromTicks(Math.Clamp(Math.Min(mailbox.PingInterval.Ticks, mailbox.PongTime.Ticks) / PulsesEach, MostOften.Ticks, LeastOften.Ticks));
        using var pulses = new PeriodicTimer(often);
        while (await pulses.WaitForNextTickAsync(stopping))
            hub.CheckKeepAlives();
    }

    /// <summary>Everybody is being shown out. Sockets that have left HTTP are waited for here, as nobody else knows of them.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            while (hub.Count > 0)
                await Task.Delay(Look, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Time is up for who does not go.
        }
    }

    private async Task ServeAsync(Connection line, Mailbox mailbox, MailboxLimits limits, string address, Func<WebSocketLoop, Task> run, Action left)
    {
        try
        {
            await run(new WebSocketLoop(line, mailbox, limits, clock, SocketFrames.TooLarge));
        }
        catch (Exception e)
        {
            // Its end is the last that anybody sees of it: what went wrong is told here.
            LogFailed(e);
        }

        line.Close();
        GiveBack(address);
        hub.Leave(mailbox);
        left();
    }

    private ApiError? TakeSeat(string address, Limits limits)
    {
        if (!seats.TryTake(Everybody, limits.Sockets, out _))
            return ApiError.Overloaded;
        if (seats.TryTake(address, limits.SocketsPerAddress, out _))
            return null;
        seats.Release(Everybody);
        return ApiError.TooManyRequests(TimeSpan.FromSeconds(30));
    }

    private void GiveBack(string address)
    {
        seats.Release(address);
        seats.Release(Everybody);
    }

    [LoggerMessage(LogLevel.Error, "A socket failed")]
    private partial void LogFailed(Exception e);
}
