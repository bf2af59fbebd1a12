using LeanChat.Live;

namespace LeanChat.Web;

/// <summary>Frames that every socket may get.</summary>
internal static class SocketFrames
{
    /// <summary>How long a client waits before it comes back after a restart, in milliseconds.</summary>
    public const int RestartTime = 5000;

    public static Frame Pong { get; } = JsonFrames.Of(new PongFrame("pong"), WebJson.Strict.PongFrame);

    public static Frame GoingAway { get; } = JsonFrames.Of(new GoingAwayFrame("going_away", RestartTime), WebJson.Strict.GoingAwayFrame);

    public static Frame TooLarge { get; } = Error(ApiError.TooLarge);

    public static Frame Error(ApiError error, string? clientId = null) =>
        JsonFrames.Of(new ErrorFrame("error", error.Code, clientId, (long?)error.RetryAfter?.TotalMilliseconds), WebJson.Strict.ErrorFrame);
}

internal sealed record ErrorFrame(string Type, string Code, string? ClientId, long? RetryAfterMs);

internal sealed record GoingAwayFrame(string Type, int RetryAfterMs);

internal sealed record PongFrame(string Type);
