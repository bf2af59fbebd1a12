using System.Buffers;
using System.IO.Pipelines;

namespace LeanChat.Transport;

/// <summary>A connection over Kestrel's own: for TLS, and for systems other than Linux.</summary>
/// <param name="pipe">Carries the decrypted bytes.</param>
/// <param name="abort">Ends Kestrel's connection.</param>
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
        var taken = read.Buffer.Slice(0, count);
        taken.CopyTo(buffer.Span);
        pipe.Input.AdvanceTo(taken.End);
        NotifyObserver(buffer.Span[..count]);
        return _cut ? 0 : count;
    }

    public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        if (_cut)
            throw new IOException("The connection is cut.");
        try
        {
            pipe.Output.Write(bytes);
            return FlushedAsync(pipe.Output.FlushAsync());
        }
        catch (InvalidOperationException e)
        {
            throw new IOException("The connection has ended.", e);
        }
    }

    private static async ValueTask FlushedAsync(ValueTask<FlushResult> flush)
    {
        if (await flush is { IsCompleted: true } or { IsCanceled: true })
            throw new IOException("The connection is closed.");
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
            // The connection and its pipe have ended meanwhile, so nothing waits.
        }
    }

    public override void Close() => _closed = true;
}
