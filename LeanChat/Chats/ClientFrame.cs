using System.Text.Json;

namespace LeanChat.Chats;

/// <summary>What a client says on a socket: a closed set of actions and of what goes with them. Other keys are passed over.</summary>
internal sealed record ClientFrame
{
    public string? Action { get; private set; }

    public string? Token { get; private set; }

    public long? After { get; private set; }

    public string? Content { get; private set; }

    public string? ClientId { get; private set; }

    public string? Url { get; private set; }

    public string? Title { get; private set; }

    public string? Referrer { get; private set; }

    public string? Locale { get; private set; }

    public string? TimeZone { get; private set; }

    /// <summary>
    /// Reads it in one pass; null for anything but one JSON object of the right shape with no key twice (RFC 8259 §4). By hand, for it
    /// happens with every message: the serializer needs a document beside it to mind the keys that it does not know, and so reads everything twice.
    /// </summary>
    public static ClientFrame? Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? Read(utf8, ref reader) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a value of another kind, or a lone surrogate, which JSON can spell and text cannot hold.
            return null;
        }
    }

    private static ClientFrame? Read(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader)
    {
        var frame = new ClientFrame();
        var seen = Keys.None;
        HashSet<string>? others = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = KeyOf(ref reader);
            if (key == Keys.None ? !(others ??= []).Add(reader.GetString()!) : (seen & key) != 0)
                return null;
            seen |= key;
            reader.Read();
            if (key == Keys.None)
                PassOver(utf8, ref reader);
            else if (key == Keys.After)
                frame.After = reader.TokenType == JsonTokenType.Null ? null : Number(ref reader);
            else
                frame.Set(key, reader.GetString());
        }

        // Nothing may follow the object: then this throws.
        reader.Read();
        return frame;
    }

    private static Keys KeyOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("action"u8) ? Keys.Action
        : reader.ValueTextEquals("content"u8) ? Keys.Content
        : reader.ValueTextEquals("client_id"u8) ? Keys.ClientId
        : reader.ValueTextEquals("token"u8) ? Keys.Token
        : reader.ValueTextEquals("after"u8) ? Keys.After
        : reader.ValueTextEquals("url"u8) ? Keys.Url
        : reader.ValueTextEquals("title"u8) ? Keys.Title
        : reader.ValueTextEquals("referrer"u8) ? Keys.Referrer
        : reader.ValueTextEquals("locale"u8) ? Keys.Locale
        : reader.ValueTextEquals("time_zone"u8) ? Keys.TimeZone
        : Keys.None;

    private static long Number(ref Utf8JsonReader reader) => reader.TryGetInt64(out var number) ? number : throw new JsonException("Not a whole number.");

    /// <summary>A value under a key that means nothing here; no key may come twice within it, either.</summary>
    private static void PassOver(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            JsonDocument.Parse(utf8[start..(int)reader.BytesConsumed].ToArray(), new JsonDocumentOptions { AllowDuplicateProperties = false }).Dispose();
    }

    private void Set(Keys key, string? text) => _ = key switch
    {
        Keys.Action => Action = text,
        Keys.Content => Content = text,
        Keys.ClientId => ClientId = text,
        Keys.Token => Token = text,
        Keys.Url => Url = text,
        Keys.Title => Title = text,
        Keys.Referrer => Referrer = text,
        Keys.Locale => Locale = text,
        _ => TimeZone = text,
    };

    [Flags]
    private enum Keys
    {
        None = 0,
        Action = 1,
        Content = 2,
        ClientId = 4,
        Token = 8,
        After = 16,
        Url = 32,
        Title = 64,
        Referrer = 128,
        Locale = 256,
        TimeZone = 512,
    }
}
