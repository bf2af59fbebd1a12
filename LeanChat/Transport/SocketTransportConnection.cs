using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace LeanChat.Transport;

/// <summary>
/// A connection as Kestrel uses it for HTTP. A handler may take it over; it then outlives the request, and what HTTP kept for it
/// is freed.
/// </summary>
internal sealed class SocketTransportConnection : DefaultConnectionContext, IMemoryPoolFeature
{
    /// <summary>What may wait to be read: a frame or body fits, and many uploads at the same time cost little memory.</summary>
    private const int InputBytes = 128 << 10;
    private const int OutputBytes = 64 << 10;

    /// <summary>How long a client may take to notice that the connection has ended.</summary>
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);

    private static long s_last = DateTime.UtcNow.Ticks;

    private readonly SocketConnection _socket;
    private readonly CancellationTokenSource _closedSource = new();

    /// <summary>Our side of the plain socket. TLS replaces <see cref="ConnectionContext.Transport"/> by its own.</summary>
    private readonly Sides _httpSide;

    private readonly Sides _socketSide;
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private Func<Connection, Task>? _takeOver;
    private volatile bool _ended;
    private int _closed;

    public SocketTransportConnection(SocketConnection socket, EndPoint local, EndPoint remote, MemoryPool<byte> memory)
        : base(Interlocked.Increment(ref s_last).ToString("X", CultureInfo.InvariantCulture))
    {
        (_socket, LocalEndPoint, RemoteEndPoint, MemoryPool, ConnectionClosed) = (socket, local, remote, memory, _closedSource.Token);
        var (input, output) = (NewPipe(memory, InputBytes), NewPipe(memory, OutputBytes));
        Transport = _httpSide = new Sides(input.Reader, output.Writer);
        _socketSide = new Sides(output.Reader, input.Writer);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set(this);
    }

    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Connection middleware: hands the connection to the handler that took it over.</summary>
    public static ConnectionDelegate Serve(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection);
        }
        finally
        {
            // Also when the request failed. The handler may find the connection cut.
            if (connection is SocketTransportConnection { _takeOver: { } takeOver } own)
                _ = takeOver(await own.HandOverAsync());
        }
    };

    /// <summary>Starts receiving and sending.</summary>
    public void Start()
    {
        _sending = SendAsync(_socketSide.Input);
        _receiving = ReceiveAsync(_socketSide.Output);
    }

    /// <summary>
    /// Lets <paramref name="takeOver"/> take the connection over when the request has ended. False if something is
    /// between HTTP and the socket, such as TLS: then the connection ends with the request.
    /// </summary>
    public bool TryHandOver(IDuplexPipe spoken, Func<Connection, Task> takeOver)
    {
        if (!ReferenceEquals(spoken, _httpSide))
            return false;
        _takeOver = takeOver;
        return true;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _socket.Cut();
        OnClosed();
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            await EndAsync();
            await _httpSide.Input.CompleteAsync();
            // Kestrel does not wait for this.
            _ = LingerAsync();
        }

        await base.DisposeAsync();
    }

    private async Task<Connection> HandOverAsync()
    {
        await EndAsync();
        // Bytes that arrived together with the request belong to the handler.
        _socket.ResumeReading(_httpSide.Input.TryRead(out var more) ? more.Buffer.ToArray() : default);
        await _httpSide.Input.CompleteAsync();
        return _socket;
    }

    /// <summary>
    /// Ends sending, and reads what the client had already sent. A close before that would reset the connection, and the answer
    /// could be lost (RFC 9112 §9.6).
    /// </summary>
    private async Task LingerAsync()
    {
        if (_closed == 0)
        {
            _socket.EndWriting();
            _socket.ResumeReading(default);
            var (timeout, scrap) = (Task.Delay(LingerTime), new byte[512]);
            while (!timeout.IsCompleted && _socket.ReadAsync(scrap).AsTask() is var read
                && await Task.WhenAny(read, timeout) == read && await read > 0)
            {
            }
        }

        _socket.Close();
    }

    /// <summary>Sends what was written, and ends reading.</summary>
    private async Task EndAsync()
    {
        _ended = true;
        _socket.StopReading();
        _socketSide.Output.CancelPendingFlush();
        await _httpSide.Output.CompleteAsync();
        await _sending;
        await _receiving;
        await _socketSide.Output.CompleteAsync();
    }

    private async Task ReceiveAsync(PipeWriter input)
    {
        while (true)
        {
            // An idle connection keeps no buffer.
            await _socket.ReadAsync(Memory<byte>.Empty);
            if (_ended)
                return;
            var count = await _socket.ReadAsync(input.GetMemory());
            input.Advance(count);
            if (count == 0 && _ended)
                return;
            if (count == 0)
                break;
            if (await input.FlushAsync() is { IsCompleted: true } or { IsCanceled: true } || _ended)
                return;
        }

        await input.CompleteAsync();
        OnClosed();
    }

    private async Task SendAsync(PipeReader output)
    {
        try
        {
            while (true)
            {
                var read = await output.ReadAsync();
                if (read.Buffer.IsSingleSegment)
                    await _socket.WriteAsync(read.Buffer.FirstSpan);
                else if (!read.Buffer.IsEmpty)
                    await WriteJoined(read.Buffer);
                output.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }
        }
        catch (IOException)
        {
            // The other side has gone. The writer notices it by the end of the pipe.
            OnClosed();
        }

        await output.CompleteAsync();
    }

    /// <summary>One copy costs less than several calls.</summary>
    private ValueTask WriteJoined(ReadOnlySequence<byte> bytes)
    {
        var joined = ArrayPool<byte>.Shared.Rent((int)bytes.Length);
        try
        {
            bytes.CopyTo(joined);
            return _socket.WriteAsync(joined.AsSpan(0, (int)bytes.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    /// <summary>Cancels the request in progress.</summary>
    private void OnClosed()
    {
        if (!_ended && Interlocked.Exchange(ref _closed, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), _closedSource, preferLocal: false);
    }

    private static Pipe NewPipe(MemoryPool<byte> memory, int most) =>
        new(new PipeOptions(memory, PipeScheduler.Inline, PipeScheduler.Inline, most, most / 2, useSynchronizationContext: false));

    private sealed record Sides(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
