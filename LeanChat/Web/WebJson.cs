using System.Text.Json.Serialization;

namespace LeanChat.Web;

/// <summary>The JSON shapes of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(ErrorFrame))]
[JsonSerializable(typeof(GoingAwayFrame))]
[JsonSerializable(typeof(PongFrame))]
internal sealed partial class WebJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly WebJson Strict = new(StrictJson.NewOptions());
}
