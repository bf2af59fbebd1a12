using System.Diagnostics.CodeAnalysis;
using LeanChat.Configuration;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Limits the messages of one user, over HTTP and sockets together: a burst, then a steady rate.</summary>
internal sealed class MessageRateLimit(CurrentSettings settings, TimeProvider clock)
{
    /// <summary>Attempts at this multiple of the rate, over the whole window, are a flood.</summary>
    private const int FloodFactor = 3;

    private static readonly TimeSpan FloodWindow = TimeSpan.FromSeconds(20);

    private readonly int _perMinute = settings.Value.Limits.MessagesPerMinute;
    private readonly TokenBucket _messages = new(
        clock, Math.Max(1, settings.Value.Limits.MessagesPerMinute / 3.0), settings.Value.Limits.MessagesPerMinute / 60.0);

    private readonly SlidingWindow _attempts = new(clock, FloodWindow);

    private bool IsLimited(Sender sender) => _perMinute > 0 && sender.IsUser;

    private int MaxAttempts => Math.Max(1, (int)(FloodFactor * _perMinute * FloodWindow.TotalMinutes));

    /// <summary>Allows one message, or returns an error with the time to wait. Admins are not limited.</summary>
    public bool TryPass(Sender sender, [NotNullWhen(false)] out ApiError? error)
    {
        error = null;
        if (!IsLimited(sender))
            return true;
        _attempts.TryAdd(sender.Id, MaxAttempts, out _);
        if (_messages.TryTake(sender.Id, out var retryAfter))
            return true;
        error = ApiError.TooManyRequests(retryAfter);
        return false;
    }

    /// <summary>It was a retry, or was rolled back: gives the token back.</summary>
    public void Undo(Sender sender, bool passed)
    {
        if (!IsLimited(sender))
            return;
        _attempts.RemoveNewest(sender.Id);
        if (passed)
            _messages.GiveBack(sender.Id);
    }

    /// <summary>Whether a user's attempts, allowed and refused together, have reached three times the limit for the whole window.</summary>
    public bool IsFlooding(string userId) => _perMinute > 0 && _attempts.IsFull(userId, MaxAttempts);
}
