using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LeanChat.Web;

/// <summary>How JSON is written and read everywhere: snake case, no key twice, no escapes that only HTML needs.</summary>
internal static class StrictJson
{
    /// <summary>New options for a room's generated context; a context takes its options for itself.</summary>
    public static JsonSerializerOptions NewOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowDuplicateProperties = false,
    };

    /// <summary>One JSON object of the right shape in which no key comes twice (RFC 8259 §4), known or not; null for anything else.</summary>
    public static T? TryRead<T>(ReadOnlyMemory<byte> utf8, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            // The serializer looks only at the keys that it knows; the document looks at all of them.
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.Deserialize(type);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a lone surrogate, which JSON can spell and a string cannot hold.
            return null;
        }
    }
}
