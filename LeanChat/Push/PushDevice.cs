namespace LeanChat.Push;

/// <summary>A browser that an admin has asked to notify.</summary>
/// <param name="SessionHash">The session that registered it: with its end the device is forgotten.</param>
/// <param name="P256dh">The device's public key, base64url.</param>
/// <param name="Auth">The device's secret, base64url.</param>
internal sealed record PushDevice(
    string Id, string AdminId, string SessionHash, string Endpoint, string P256dh, string Auth, string Name, string CreatedAt,
    string? LastSentAt = null, string? LastError = null);

/// <summary>A notification that is to be sent to a device now.</summary>
/// <param name="DueAt">When it is tried again if nobody says how it went; tells this attempt from a later one.</param>
internal sealed record PushDelivery(string ChatId, string DueAt, string Until, long Attempts, PushDevice Device);
