using System.Text.Encodings.Web;
using System.Text.Json;

namespace LeanChat.Dialects;

/// <summary>Reads of a frame of ours what other protocols need, and makes JSON text of it.</summary>
internal static class FramePayload
{
    /// <summary>The frame's `type`, which comes first in every frame.</summary>
    public static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> payload) => StringOf(payload, "type"u8);

    /// <summary>A top-level text without escapes; empty if there is none.</summary>
    public static ReadOnlySpan<byte> StringOf(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> name) =>
        PropertyOf(payload, name) is [(byte)'"', .. var text, (byte)'"'] ? text : default;

    /// <summary>The JSON of a top-level property; empty if there is none.</summary>
    public static ReadOnlySpan<byte> PropertyOf(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(payload);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isIt)
                return payload[start..(int)reader.BytesConsumed];
        }

        return default;
    }

    /// <summary>A text as a JSON string, with its quotes.</summary>
    public static byte[] Quote(string text) =>
        [(byte)'"', .. JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, (byte)'"'];

    /// <summary>The same for a text in UTF-8.</summary>
    public static byte[] Quote(ReadOnlySpan<byte> utf8) =>
        [(byte)'"', .. JsonEncodedText.Encode(utf8, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, (byte)'"'];
}
