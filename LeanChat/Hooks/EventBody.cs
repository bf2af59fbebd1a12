using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LeanChat.Hooks;

/// <summary>What a webhook is sent: `{"id", "type", "created_at", "data"}` (Standard Webhooks, "Payload structure").</summary>
internal static class EventBody
{
    public static string Of<T>(string id, string type, string createdAt, T data, JsonTypeInfo<T> shape)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("type", type);
            writer.WriteString("created_at", createdAt);
            writer.WritePropertyName("data");
            JsonSerializer.Serialize(writer, data, shape);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
