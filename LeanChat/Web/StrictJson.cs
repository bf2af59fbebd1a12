using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LeanChat.Web;

/// <summary>How JSON is written and read everywhere: snake case, no key twice, no escapes that only HTML needs.</summary>
internal static class StrictJson
{
    /// <summary>New options for one generated context: a context cannot share them.</summary>
    public static JsonSerializerOptions NewOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads one JSON object of the right shape without duplicate keys (RFC 8259 §4), known or not; else null.</summary>
    public static T? TryRead<T>(ReadOnlyMemory<byte> utf8, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            // The serializer checks only known keys for duplicates; the document checks all.
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.Deserialize(type);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a lone surrogate escape, which is not valid text.
            return null;
        }
    }
}
