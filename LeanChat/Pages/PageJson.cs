using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using LeanChat.Web;

namespace LeanChat.Pages;

/// <summary>The JSON types of the pages.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WidgetSettings))]
[JsonSerializable(typeof(PanelSettings))]
[JsonSerializable(typeof(SettingsFrame))]
[JsonSerializable(typeof(WebManifest))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class PageJson : JsonSerializerContext
{
    /// <summary>Without what has its default, and as it may stand in a script.</summary>
    public static readonly PageJson Sparse = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    });

    /// <summary>As it may stand in a script within a page: `&lt;` and quotes are escaped, letters are not.</summary>
    public static readonly PageJson Inline = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) });

    /// <summary>The context in use.</summary>
    public static readonly PageJson Strict = new(StrictJson.NewOptions());
}
