using System.Buffers;
using System.IO.Pipelines;

namespace LeanChat.Transport;

/// <summary>A line through whatever stands between us and the socket: TLS, or another system than Linux.</summary>
/// <param name="pipe">Where plain bytes come and go.</param>
/// <param name="abort">Ends the connection beneath.</param>
internal sealed class PipeConnection(IDuplexPipe pipe, Action abort) : Connection
{
    private volatile bool _cut;
    private volatile bool _closed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (_cut)
            return 0;
        var read = await pipe.Input.ReadAsync();
        var count = (int)Math.Min(read.Buffer.Length, buffer.Length);
        var some = read.Buffer.Slice(0, count);
        some.CopyTo(buffer.Span);
        pipe.Input.AdvanceTo(some.End);
        Pass(buffer.Span[..count]);
        return _cut ? 0 : count;
    }

    public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        if (_cut)
            throw new IOException("The line is cut.");
        try
        {
            pipe.Output.Write(bytes);
            return FlushedAsync(pipe.Output.FlushAsync());
        }
        catch (InvalidOperationException e)
        {
            throw new IOException("The connection has ended its pipe.", e);
        }
    }

    private static async ValueTask FlushedAsync(ValueTask<FlushResult> flush)
    {
        if (await flush is { IsCompleted: true } or { IsCanceled: true })
            throw new IOException("The line is closed.");
    }

    public override void Cut(bool forget = false)
    {
        _cut = true;
        if (forget)
            abort();
        ThreadPool.UnsafeQueueUserWorkItem(static own => own.EndWaiting(), this, preferLocal: false);
    }

    private void EndWaiting()
    {
        if (_closed)
            return;
        try
        {
            pipe.Input.CancelPendingRead();
            pipe.Output.CancelPendingFlush();
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
        {
            // The connection has ended meanwhile, and the pipe with it: nobody waits.
        }
    }

    public override void Close() => _closed = true;
}
