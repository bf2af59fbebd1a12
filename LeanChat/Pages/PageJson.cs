using System.Text.Json.Serialization;
using LeanChat.Web;

namespace LeanChat.Pages;

/// <summary>The JSON types of the pages.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WidgetSettings))]
[JsonSerializable(typeof(PanelSettings))]
[JsonSerializable(typeof(WebManifest))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class PageJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly PageJson Strict = new(StrictJson.NewOptions());
}
