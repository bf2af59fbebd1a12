using System.Text.Json;
using System.Text.Json.Serialization;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>The JSON shapes of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ChatJoin))]
[JsonSerializable(typeof(CableCommand))]
[JsonSerializable(typeof(PusherEvent))]
[JsonSerializable(typeof(PusherSubscription))]
[JsonSerializable(typeof(PusherAuth))]
[JsonSerializable(typeof(PollingError))]
[JsonSerializable(typeof(UnsentMessage))]
internal sealed partial class DialectJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly DialectJson Strict = new(StrictJson.NewOptions());
}

/// <summary>ActionCable: a command of the client. Identifier and data are JSON in a text.</summary>
internal sealed record CableCommand(string? Command, string? Identifier, string? Data);

/// <summary>Pusher: an event of the client.</summary>
internal sealed record PusherEvent(string? Event, JsonElement? Data);

/// <summary>Pusher: which channel a client wants, and what /pusher/auth gave it.</summary>
internal sealed record PusherSubscription(string? Channel, string? Auth);

internal sealed record PusherAuth(string Auth);

/// <summary>Socket.IO: why a transport is refused, in the words of its own server.</summary>
internal sealed record PollingError(int Code, string Message);

/// <summary>Socket.IO: the acknowledgement of a message that was not stored.</summary>
internal sealed record UnsentMessage(
    string Error, string Message, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ClientId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? RetryAfterMs);
