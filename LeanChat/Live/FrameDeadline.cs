using System.Buffers.Binary;
using LeanChat.Text;

namespace LeanChat.Live;

/// <summary>
/// Watches the bytes of a line go by and knows at each moment whether a frame, or a message of several frames, is begun and
/// not finished (RFC 6455 §5.2). What stays unfinished for too long is told once. A frame that comes whole costs no timer. A sign of life is
/// told to the pulse.
/// </summary>
internal sealed class FrameDeadline(TimeSpan patience, TimeProvider clock, KeepAlive keepAlive, Action expired) : IDisposable
{
    private const int LongestHeader = 14;
    private const int Pong = 0xA;

    private readonly byte[] _header = new byte[LongestHeader];
    private ITimer? _timer;
    private int _headerLength;
    private ulong _payload;
    private bool _inMessage;
    private bool _whole;
    private bool _armed;

    /// <summary>Looks at the next bytes.</summary>
    public void Pass(ReadOnlySpan<byte> bytes)
    {
        keepAlive.Heard();
        while (!bytes.IsEmpty)
        {
            if (_payload > 0)
            {
                var skipped = (int)Math.Min((ulong)bytes.Length, _payload);
                bytes = bytes[skipped..];
                _payload -= (ulong)skipped;
                _whole |= _payload == 0 && !_inMessage;
            }
            else
            {
                _header[_headerLength++] = bytes[0];
                bytes = bytes[1..];
                if (_headerLength >= 2 && _headerLength == HeaderLength())
                    Begin();
            }
        }

        Arm(_payload > 0 || _headerLength > 0 || _inMessage);
    }

    /// <summary>With a mask, also where the header says that there is none: the reader waits for one before it complains of that.</summary>
    private int HeaderLength() => 2 + (_header[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 } + 4;

    private void Begin()
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
            keepAlive.Answered();
        _headerLength = 0;
        _whole |= _payload == 0 && !_inMessage;
    }

    private void Arm(bool unfinished)
    {
        // What is unfinished now may have begun in the very read that finished another: it has a time of its own.
        if (unfinished == _armed && !(unfinished && _whole))
            return;
        (_armed, _whole) = (unfinished, false);
        _timer ??= clock.CreateTimer(_ => expired(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(unfinished ? patience : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer?.Dispose();
}
