using LeanChat.Live;
using LeanChat.People;

namespace LeanChat.Chats;

/// <summary>Where sockets come in: so many in all, so many from one address.</summary>
internal sealed class SocketDoor(Seats seats, CurrentSettings settings, TimeProvider clock)
{
    private const string Everybody = "sockets";

    /// <summary>
    /// Takes a seat, upgrades, runs the socket to its end and gives the seat back.
    /// </summary>
    public async Task<Refusal?> RunAsync(HttpContext context, Subscription mailbox, Func<LiveSocket, Task> run)
    {
        var limits = settings.Value.Limits;
        var address = Addresses.Key(context);
        if (!seats.TryTake(Everybody, limits.Sockets, out _))
            return Refusal.Overloaded;
        try
        {
            if (!seats.TryTake(address, limits.SocketsPerAddress, out _))
                return Refusal.TooManyRequests(TimeSpan.FromSeconds(30));
            try
            {
                var (input, output) = await Handshake.AcceptAsync(context);
                await run(new LiveSocket(input, output, mailbox, limits.Mailbox, clock, Frames.TooLarge));
                // A stuck reader holds megabytes of ours: no polite waiting for it.
                if (mailbox.Goodbye == Goodbye.TooSlow)
                    context.Abort();
                return null;
            }
            finally
            {
                seats.Release(address);
            }
        }
        finally
        {
            seats.Release(Everybody);
        }
    }
}
