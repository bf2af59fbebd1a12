using System.Buffers.Binary;
using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Live;

/// <summary>
/// The stream of the WebSocket reader. It reads from the connection. What it writes itself (pongs, close frames) goes through the
/// mailbox, so that only the mailbox's sender writes to the connection.
/// </summary>
internal sealed class ReplyStream(Connection connection, Mailbox mailbox) : Stream
{
    /// <summary>Whether the reader has sent a close frame itself, because of a protocol error.</summary>
    public bool Closed => CloseCode > 0;

    /// <summary>The code of that frame; 0: none was sent.</summary>
    public ushort CloseCode { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.ReadAsync(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (WebSocketWire.IsClose(buffer.Span))
            CloseCode = buffer.Length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(buffer.Span[2..]) : CloseReason.Malformed.Code;
        mailbox.Post(Frame.Raw(buffer.Span));
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    /// <summary>The reader gives up: cuts the connection, unless a close frame is still to be sent.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !Closed)
            connection.Cut();
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
