using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace LeanChat.Transport;

/// <summary>
/// A line as Kestrel takes it, which speaks HTTP on it. A request may ask for the line itself: then all that HTTP keeps for the
/// connection goes when the request has ended, and the line goes on alone.
/// </summary>
internal sealed class SocketTransportConnection : DefaultConnectionContext, IMemoryPoolFeature
{
    private const int InputBytes = 1 << 20;
    private const int OutputBytes = 64 << 10;

    /// <summary>How long a caller may take to notice that the connection has ended.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static long s_last = DateTime.UtcNow.Ticks;

    private readonly SocketConnection _line;
    private readonly CancellationTokenSource _overSource = new();

    /// <summary>What lies right on the line. TLS puts another in its place for as long as it speaks.</summary>
    private readonly Ends _own;

    private readonly Ends _wire;
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private Func<Connection, Task>? _rest;
    private volatile bool _leaving;
    private int _over;

    public SocketTransportConnection(SocketConnection line, EndPoint here, EndPoint there, MemoryPool<byte> memory)
        : base(Interlocked.Increment(ref s_last).ToString("X", CultureInfo.InvariantCulture))
    {
        (_line, LocalEndPoint, RemoteEndPoint, MemoryPool, ConnectionClosed) = (line, here, there, memory, _overSource.Token);
        var (input, output) = (NewPipe(memory, InputBytes), NewPipe(memory, OutputBytes));
        Transport = _own = new Ends(input.Reader, output.Writer);
        _wire = new Ends(output.Reader, input.Writer);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set(this);
    }

    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Connection middleware: gives the line to whoever has asked for it.</summary>
    public static ConnectionDelegate Serve(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection);
        }
        finally
        {
            // Whatever became of the request: who was promised the line gets it, and may find it cut.
            if (connection is SocketTransportConnection { _rest: { } rest } own)
                _ = rest(await own.LeaveAsync());
        }
    };

    /// <summary>From here on bytes come and go.</summary>
    public void Start()
    {
        _sending = SendAsync(_wire.Input);
        _receiving = ReceiveAsync(_wire.Output);
    }

    /// <summary>
    /// Leaves <paramref name="rest"/> to be done on the line when the request has ended. False where something stands between
    /// HTTP and the line, as TLS does: it ends with the request.
    /// </summary>
    public bool TryLeave(IDuplexPipe spoken, Func<Connection, Task> rest)
    {
        if (!ReferenceEquals(spoken, _own))
            return false;
        _rest = rest;
        return true;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _line.Cut();
        Over();
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_leaving)
        {
            await EndAsync();
            await _own.Input.CompleteAsync();
            // Kestrel does not wait for it.
            _ = LingerAsync();
        }

        await base.DisposeAsync();
    }

    private async Task<Connection> LeaveAsync()
    {
        await EndAsync();
        // What came together with the request is no part of it.
        _line.GoOn(_own.Input.TryRead(out var more) ? more.Buffer.ToArray() : default);
        await _own.Input.CompleteAsync();
        return _line;
    }

    /// <summary>
    /// Says that this was all, and takes what the caller had already sent behind it: closed on that, the line would be reset, and
    /// the answer could be lost with it (RFC 9112 §9.6).
    /// </summary>
    private async Task LingerAsync()
    {
        if (_over == 0)
        {
            _line.Finish();
            _line.GoOn(default);
            var (enough, scrap) = (Task.Delay(Patience), new byte[512]);
            while (!enough.IsCompleted && _line.ReadAsync(scrap).AsTask() is var read && await Task.WhenAny(read, enough) == read && await read > 0)
            {
            }
        }

        _line.Close();
    }

    /// <summary>Everything said is sent, and nothing more is read.</summary>
    private async Task EndAsync()
    {
        _leaving = true;
        _line.Stop();
        _wire.Output.CancelPendingFlush();
        await _own.Output.CompleteAsync();
        await _sending;
        await _receiving;
        await _wire.Output.CompleteAsync();
    }

    private async Task ReceiveAsync(PipeWriter input)
    {
        while (true)
        {
            // An idle connection keeps no buffer.
            await _line.ReadAsync(Memory<byte>.Empty);
            if (_leaving)
                return;
            var count = await _line.ReadAsync(input.GetMemory());
            input.Advance(count);
            if (count == 0 && _leaving)
                return;
            if (count == 0)
                break;
            if (await input.FlushAsync() is { IsCompleted: true } or { IsCanceled: true } || _leaving)
                return;
        }

        await input.CompleteAsync();
        Over();
    }

    private async Task SendAsync(PipeReader output)
    {
        try
        {
            while (true)
            {
                var said = await output.ReadAsync();
                if (said.Buffer.IsSingleSegment)
                    await _line.WriteAsync(said.Buffer.FirstSpan);
                else if (!said.Buffer.IsEmpty)
                    await WriteTogether(said.Buffer);
                output.AdvanceTo(said.Buffer.End);
                if (said.IsCompleted)
                    break;
            }
        }
        catch (IOException)
        {
            // The other side has gone: whoever writes hears of it by the end of the pipe.
            Over();
        }

        await output.CompleteAsync();
    }

    /// <summary>One copy costs less than several calls.</summary>
    private ValueTask WriteTogether(ReadOnlySequence<byte> bytes)
    {
        var joined = ArrayPool<byte>.Shared.Rent((int)bytes.Length);
        try
        {
            bytes.CopyTo(joined);
            return _line.WriteAsync(joined.AsSpan(0, (int)bytes.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    /// <summary>Requests on their way hear that nobody waits for them any more.</summary>
    private void Over()
    {
        if (!_leaving && Interlocked.Exchange(ref _over, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static over => over.Cancel(), _overSource, preferLocal: false);
    }

    private static Pipe NewPipe(MemoryPool<byte> memory, int most) =>
        new(new PipeOptions(memory, PipeScheduler.Inline, PipeScheduler.Inline, most, most / 2, useSynchronizationContext: false));

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
