using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LeanChat.Live;
using LeanChat.Storage.Sqlite;

namespace LeanChat.Web;

/// <summary>Creates frames from values, as JSON.</summary>
internal static class JsonFrames
{
    [ThreadStatic]
    private static Buffer? t_buffer;

    /// <summary>
    /// A frame with the value as JSON. Calls the generated code directly: the serializer would look up every property's metadata.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="type">Its generated metadata.</param>
    /// <param name="number">Its seq; 0 for none.</param>
    /// <param name="restarts">Whether the socket's numbering starts here.</param>
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
        return new Buffer(
            bytes, new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    /// <summary>Holds a payload until it is copied at its exact length.</summary>
    private sealed record Buffer(ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Writer);
}
