using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LeanChat.Live;
using LeanChat.Storage.Sqlite;

namespace LeanChat.Web;

/// <summary>Makes a frame of a value, as JSON.</summary>
internal static class JsonFrames
{
    [ThreadStatic]
    private static Buffer? t_buffer;

    /// <summary>The value as the payload of a frame. It calls the generated code itself: the serializer would look up for each property how it is written.</summary>
    /// <param name="value">What is said.</param>
    /// <param name="type">Its generated shape.</param>
    /// <param name="number">Its seq; 0: none.</param>
    /// <param name="restarts">Whether a socket's counting starts at this number.</param>
    public static Frame Of<T>(T value, JsonTypeInfo<T> type, long number = 0, bool restarts = false)
    {
        var (bytes, writer) = t_buffer ??= NewBuffer();
        bytes.ResetWrittenCount();
        writer.Reset();
        type.SerializeHandler!(writer, value);
        writer.Flush();
        return new Frame(bytes.WrittenSpan.ToArray(), number, restarts);
    }

    private static Buffer NewBuffer()
    {
        var bytes = new ArrayBufferWriter<byte>();
        return new Buffer(bytes, new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    /// <summary>Where a payload is written before it is copied out at its length.</summary>
    private sealed record Buffer(ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Writer);
}
