using System.Net;
using System.Net.Sockets;

namespace LeanChat.Proof;

/// <summary>A line over TCP that can be bad in every way: cut at a byte, standing still, open on one side only.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Fate> _next;
    private readonly int _to;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _lines = [];
    private readonly Task _accepting;
    private int _cuts;

    /// <summary>Stands before a port; every line gets a fate of its own.</summary>
    public Proxy(int to, Func<Fate> next)
    {
        (_to, _next) = (to, next);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1024);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Lines that met their fate.</summary>
    public int Cuts => _cuts;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _lines.Add(CarryAsync(await _listener.AcceptAsync(_stop.Token), _next()));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private async Task CarryAsync(Socket near, Fate fate)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _to), ends.Token);
            var met = new StrongBox();
            await Task.WhenAll(PumpAsync(near, far, fate, isUp: true, met, ends), PumpAsync(far, near, fate, isUp: false, met, ends));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server is down, or we are: the client dials again.
        }

        near.Close(fate.Manner == Manner.Reset ? 0 : -1);
    }

    private async Task PumpAsync(Socket from, Socket to, Fate fate, bool isUp, StrongBox met, CancellationTokenSource ends)
    {
        var buffer = new byte[16 << 10];
        var left = fate.IsUp == isUp ? fate.After : long.MaxValue;
        try
        {
            while (true)
            {
                var read = await from.ReceiveAsync(buffer.AsMemory(), ends.Token);
                if (read == 0)
                    break;
                if (met.IsDead)
                    continue;
                var passed = (int)Math.Min(read, left);
                await SendAsync(to, buffer.AsMemory(0, passed), ends.Token);
                if (fate.Manner == Manner.Twice && !isUp && (buffer[0] & 0x80) != 0)
                    await SendAsync(to, buffer.AsMemory(0, passed), ends.Token);
                left -= passed;
                if (left > 0)
                    continue;
                Interlocked.Increment(ref _cuts);
                switch (fate.Manner)
                {
                    case Manner.Reset:
                        from.Close(0);
                        to.Close(0);
                        await ends.CancelAsync();
                        return;
                    case Manner.Hangup:
                        await ends.CancelAsync();
                        return;
                    case Manner.Stall:
                        await Task.Delay(fate.Pause, ends.Token);
                        await SendAsync(to, buffer.AsMemory(passed, read - passed), ends.Token);
                        // And again and again: a line that stalls once and then lives for ever would carry all the rest.
                        left = fate.After;
                        break;
                    case Manner.HalfOpen:
                        // Both sides think that it lives; whatever they say goes nowhere.
                        met.IsDead = true;
                        left = long.MaxValue;
                        break;
                    case Manner.Swallow:
                        // Never heard of in TCP: the defect that must be noticed.
                        left = long.MaxValue;
                        break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone.
        }

        await ends.CancelAsync();
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (bytes.Length > 0)
            bytes = bytes[await to.SendAsync(bytes, stop)..];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_lines);
        _stop.Dispose();
    }

    private sealed class StrongBox
    {
        public volatile bool IsDead;
    }
}

/// <summary>What happens to a line, and when.</summary>
/// <param name="Manner">In which way.</param>
/// <param name="IsUp">Whether the bytes towards the server are counted, or those towards the client.</param>
/// <param name="After">So many bytes pass.</param>
/// <param name="Pause">For how long a stall lasts.</param>
internal sealed record Fate(Manner Manner, bool IsUp, long After, TimeSpan Pause = default)
{
    public static readonly Fate None = new(Manner.None, true, long.MaxValue);
}

internal enum Manner
{
    /// <summary>Nothing happens.</summary>
    None,

    /// <summary>Cut by a reset: what is under way is lost.</summary>
    Reset,

    /// <summary>Cut by a hang-up.</summary>
    Hangup,

    /// <summary>Stands still for a while and goes on, again and again.</summary>
    Stall,

    /// <summary>Open for both ends and dead in between.</summary>
    HalfOpen,

    /// <summary>A defect: what the server says comes twice.</summary>
    Twice,

    /// <summary>A defect: the rest of a part is lost and the line goes on.</summary>
    Swallow,
}
