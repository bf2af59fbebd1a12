using System.Buffers.Binary;
using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Live;

/// <summary>
/// The stream as the reader sees it: reads come from the line, while what the reader itself writes (pings, pongs, closes)
/// goes through the mailbox, so that one loop alone writes to the line.
/// </summary>
internal sealed class ReplyStream(Connection line, Mailbox mailbox) : Stream
{
    /// <summary>True once the reader has said a close of its own, for a breach of the protocol.</summary>
    public bool Closed => CloseCode > 0;

    /// <summary>With which code; 0 while it has not.</summary>
    public ushort CloseCode { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => line.ReadAsync(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (WebSocketWire.IsClose(buffer.Span))
            CloseCode = buffer.Length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(buffer.Span[2..]) : CloseReason.Malformed.Code;
        mailbox.Post(Frame.Control(buffer.Span));
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    /// <summary>The reader gives up: the line is cut, unless a close is still on its way.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !Closed)
            line.Cut();
        base.Dispose(disposing);
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
