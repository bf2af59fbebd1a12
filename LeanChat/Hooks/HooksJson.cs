using System.Text.Json.Serialization;
using LeanChat.People;
using LeanChat.Web;

namespace LeanChat.Hooks;

/// <summary>The JSON shapes of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<ApiToken>))]
[JsonSerializable(typeof(ApiTokenBody))]
[JsonSerializable(typeof(NewApiToken))]
internal sealed partial class HooksJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly HooksJson Strict = new(StrictJson.NewOptions());
}
