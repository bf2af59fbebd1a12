using System.IO.Pipelines;
using LeanChat.Live;
using LeanChat.People;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace LeanChat.Chats;

/// <summary>Where sockets come in: so many in all, so many from one address.</summary>
internal sealed partial class SocketDoor(Hub hub, Seats seats, CurrentSettings settings, TimeProvider clock, ILogger<SocketDoor> log)
{
    private const string Everybody = "sockets";

    /// <summary>
    /// Takes a seat, upgrades, and has <paramref name="run"/> run to its end, after the request. Then the seat is given back and the
    /// hub left. <paramref name="left"/> is said in every case: at the end, or at once where it is refused.
    /// </summary>
    public async Task<Refusal?> OpenAsync(HttpContext context, Subscription mailbox, Func<LiveSocket, Task> run, Action left)
    {
        var limits = settings.Value.Limits;
        var address = Addresses.Key(context);
        if (TakeSeat(address, limits) is { } refusal)
        {
            left();
            return refusal;
        }

        IDuplexPipe line;
        try
        {
            line = await Handshake.AcceptAsync(context);
        }
        catch
        {
            GiveBack(address);
            left();
            throw;
        }

        // No word of the request in here: it would be kept for as long as the socket.
        var lifetime = context.Features.GetRequiredFeature<IConnectionLifetimeFeature>();
        var socket = new LiveSocket(line, mailbox, limits.Mailbox, clock, Frames.TooLarge);
        if (context.Features.Get<UpgradedConnection>()?.TryLeave(line, () => ServeAsync(socket, lifetime, mailbox, address, run, left)) != true)
            await ServeAsync(socket, lifetime, mailbox, address, run, left);
        return null;
    }

    private async Task ServeAsync(LiveSocket socket, IConnectionLifetimeFeature lifetime, Subscription mailbox, string address, Func<LiveSocket, Task> run, Action left)
    {
        try
        {
            await run(socket);
        }
        catch (Exception e)
        {
            // Its end is the last that anybody sees of it: what went wrong is told here.
            LogFailed(e);
        }

        // A stuck reader holds megabytes of ours: no polite waiting for it.
        if (mailbox.Goodbye == Goodbye.TooSlow)
            lifetime.Abort();
        GiveBack(address);
        left();
        hub.Leave(mailbox);
    }

    private Refusal? TakeSeat(string address, Limits limits)
    {
        if (!seats.TryTake(Everybody, limits.Sockets, out _))
            return Refusal.Overloaded;
        if (seats.TryTake(address, limits.SocketsPerAddress, out _))
            return null;
        seats.Release(Everybody);
        return Refusal.TooManyRequests(TimeSpan.FromSeconds(30));
    }

    private void GiveBack(string address)
    {
        seats.Release(address);
        seats.Release(Everybody);
    }

    [LoggerMessage(LogLevel.Error, "A socket failed")]
    private partial void LogFailed(Exception e);
}
