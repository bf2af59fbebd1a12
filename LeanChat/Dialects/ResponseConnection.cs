using System.Buffers;
using System.IO.Pipelines;
using LeanChat.Transport;

namespace LeanChat.Dialects;

/// <summary>The writing side of an HTTP response that does not end: nothing more comes from its client.</summary>
/// <param name="body">The body of the response.</param>
/// <param name="abort">Ends Kestrel's connection.</param>
internal sealed class ResponseConnection(PipeWriter body, Action abort) : Connection
{
    private int _ended;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => new(0);

    public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        if (Volatile.Read(ref _ended) != 0)
            throw new IOException("The response has ended.");
        body.Write(bytes);
        return FlushedAsync(body.FlushAsync());
    }

    /// <summary>Whoever still reads has gone, or reads too slowly: there is nothing left to deliver.</summary>
    public override void Cut(bool forget = false)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
            abort();
    }

    /// <summary>The response ends in order. After that its connection may carry another.</summary>
    public override void Close() => Volatile.Write(ref _ended, 1);

    private static async ValueTask FlushedAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            if (await flush is { IsCompleted: false, IsCanceled: false })
                return;
        }
        catch (OperationCanceledException)
        {
            // Aborted meanwhile.
        }

        throw new IOException("The client has gone.");
    }
}
