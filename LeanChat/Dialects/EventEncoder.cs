using System.Globalization;
using System.Text;
using LeanChat.Live;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>
/// Writes frames as server-sent events: `event` is the frame's type, `data` the frame, `id` the seq of a new message, from which the
/// client resumes.
/// </summary>
internal sealed class EventEncoder : FrameEncoder
{
    /// <summary>Keep-alives are looked at once a second, so this makes a comment every 15 s.</summary>
    private const int CommentInterval = 14_500;

    private static readonly Frame Comment = Frame.Raw(":\n\n"u8);

    private long _commentedAt = Environment.TickCount64;

    /// <summary>An open response hears nothing from its client.</summary>
    public override bool AnswersPings => false;

    public override Frame? Beat(long now)
    {
        if (now - _commentedAt < CommentInterval)
            return null;
        _commentedAt = now;
        return Comment;
    }

    public override ReadOnlyMemory<byte> Encode(Frame frame)
    {
        if (frame.IsRaw)
            return frame.WebSocketBytes;
        var payload = frame.Payload.Span;
        var type = FramePayload.TypeOf(payload);
        // EventSource has an event `error` of its own.
        var name = type.SequenceEqual("error"u8) ? "refused"u8 : type;
        var id = frame.Number > 0 && !frame.Restarts ? Encoding.ASCII.GetBytes(Line("id", frame.Number)) : [];
        return (byte[])[.. "event: "u8, .. name, (byte)'\n', .. id, .. "data: "u8, .. payload, .. "\n\n"u8];
    }

    /// <summary>A client comes back by itself: as late as it is told here.</summary>
    public override ReadOnlyMemory<byte> Close(CloseReason reason) =>
        reason == CloseReason.Restarting ? Retry(SocketFrames.RestartTime)
        : reason == CloseReason.Overloaded ? Retry(2 * SocketFrames.RestartTime)
        : default;

    /// <summary>Up to twice the time: EventSource adds no jitter of its own.</summary>
    private static byte[] Retry(int least) => Encoding.ASCII.GetBytes(Line("retry", least + Random.Shared.Next(least)) + "\n");

    private static string Line(string field, long number) => string.Create(CultureInfo.InvariantCulture, $"{field}: {number}\n");
}
