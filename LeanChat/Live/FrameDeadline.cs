using System.Buffers.Binary;
using LeanChat.Text;

namespace LeanChat.Live;

/// <summary>
/// Follows the bytes of a connection and ends it if a frame or message stays incomplete too long (RFC 6455 §5.2). A frame that comes
/// whole costs no timer. Bytes and pongs are reported to the keep-alive.
/// </summary>
internal sealed class FrameDeadline(TimeSpan limit, TimeProvider clock, KeepAlive keepAlive, Action expired) : IDisposable
{
    private const int LongestHeader = 14;
    private const int Pong = 0xA;

    private readonly byte[] _header = new byte[LongestHeader];
    private ITimer? _timer;
    private int _headerLength;
    private ulong _payload;
    private bool _inMessage;
    private bool _finishedOne;
    private bool _isRunning;

    /// <summary>Looks at the next bytes.</summary>
    public void Pass(ReadOnlySpan<byte> bytes)
    {
        keepAlive.OnBytes();
        while (!bytes.IsEmpty)
        {
            if (_payload > 0)
            {
                var skipped = (int)Math.Min((ulong)bytes.Length, _payload);
                bytes = bytes[skipped..];
                _payload -= (ulong)skipped;
                _finishedOne |= _payload == 0 && !_inMessage;
            }
            else
            {
                _header[_headerLength++] = bytes[0];
                bytes = bytes[1..];
                if (_headerLength >= 2 && _headerLength == HeaderLength())
                    BeginFrame();
            }
        }

        SetTimer(_payload > 0 || _headerLength > 0 || _inMessage);
    }

    /// <summary>Always counts a mask: the reader waits for it before it rejects a frame without one.</summary>
    private int HeaderLength() => 2 + (_header[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 } + 4;

    private void BeginFrame()
    {
        _payload = (_header[1] & 0x7F) switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            127 => BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
            var length => (ulong)length,
        };
        var (final, control) = ((_header[0] & 0x80) != 0, (_header[0] & 0x08) != 0);
        if (!control)
            _inMessage = !final;
        else if ((_header[0] & 0x0F) == Pong)
            keepAlive.OnPong();
        _headerLength = 0;
        _finishedOne |= _payload == 0 && !_inMessage;
    }

    private void SetTimer(bool unfinished)
    {
        // One read may finish a frame and begin the next, which then gets its full time.
        if (unfinished == _isRunning && !(unfinished && _finishedOne))
            return;
        (_isRunning, _finishedOne) = (unfinished, false);
        _timer ??= clock.CreateTimer(_ => expired(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(unfinished ? limit : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer?.Dispose();
}
