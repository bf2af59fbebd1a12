using System.Text.Json.Serialization;
using LeanChat.Web;

namespace LeanChat.Push;

/// <summary>The JSON shapes of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PushMessage))]
[JsonSerializable(typeof(PushState))]
[JsonSerializable(typeof(PushDeviceBody))]
[JsonSerializable(typeof(PushDeviceItem))]
[JsonSerializable(typeof(IReadOnlyList<PushTestResult>))]
internal sealed partial class PushJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly PushJson Strict = new(StrictJson.NewOptions());
}

/// <summary>Answer of GET /admin/push.</summary>
internal sealed record PushState(string PublicKey, IReadOnlyList<PushDeviceItem> Devices);

/// <summary>A device, as its owner sees it.</summary>
internal sealed record PushDeviceItem(string Id, string Name, string CreatedAt, string? LastSentAt, string? LastError)
{
    public static PushDeviceItem Of(PushDevice device) =>
        new(device.Id, device.Name, device.CreatedAt, device.LastSentAt, device.LastError);
}

/// <summary>Body of POST /admin/push/devices: a browser's PushSubscription, and what to call the device.</summary>
internal sealed record PushDeviceBody(string? Endpoint, PushDeviceKeys? Keys, string? Name);

/// <summary>The keys of a PushSubscription, base64url.</summary>
internal sealed record PushDeviceKeys(string? P256dh, string? Auth);

/// <summary>How a test went on one device.</summary>
internal sealed record PushTestResult(string Id, bool Ok, int? Status, string Message);
