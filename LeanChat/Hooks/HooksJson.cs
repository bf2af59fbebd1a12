using System.Text.Json.Serialization;
using LeanChat.People;
using LeanChat.Web;

namespace LeanChat.Hooks;

/// <summary>The JSON shapes of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<ApiToken>))]
[JsonSerializable(typeof(ApiTokenBody))]
[JsonSerializable(typeof(NewApiToken))]
[JsonSerializable(typeof(WebhookBody))]
[JsonSerializable(typeof(WebhookItem))]
[JsonSerializable(typeof(IReadOnlyList<WebhookItem>))]
[JsonSerializable(typeof(NewWebhook))]
[JsonSerializable(typeof(WebhookTestResult))]
[JsonSerializable(typeof(IReadOnlyList<WebhookDeliveryItem>))]
[JsonSerializable(typeof(WebhookStoppedFrame))]
[JsonSerializable(typeof(ChatData))]
[JsonSerializable(typeof(MessageData))]
[JsonSerializable(typeof(IdentifiedData))]
[JsonSerializable(typeof(ErasedData))]
[JsonSerializable(typeof(RatingData))]
[JsonSerializable(typeof(LetterData))]
[JsonSerializable(typeof(TestData))]
internal sealed partial class HooksJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly HooksJson Strict = new(StrictJson.NewOptions());
}
