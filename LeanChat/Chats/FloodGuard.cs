using System.Diagnostics.CodeAnalysis;
using LeanChat.People;

namespace LeanChat.Chats;

/// <summary>How much one user may say, over all transports: a burst, then a steady rate. Who keeps on far beyond it is shown out.</summary>
internal sealed class FloodGuard(CurrentSettings settings, TimeProvider clock)
{
    private const int Patience = 3;
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    private readonly int _perMinute = settings.Value.Limits.MessagesPerMinute;
    private readonly Bucket _messages = new(clock, Math.Max(1, settings.Value.Limits.MessagesPerMinute / 3.0), settings.Value.Limits.MessagesPerMinute / 60.0);
    private readonly Tally _attempts = new(clock, Watched);

    private int Most => Math.Max(1, (int)(Patience * _perMinute * Watched.TotalMinutes));

    /// <summary>Lets one message through, or says how long to wait.</summary>
    public bool TryPass(string userId, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = null;
        if (_perMinute == 0)
            return true;
        _attempts.TryAdd(userId, Most, out _);
        if (_messages.TryTake(userId, out var retryAfter))
            return true;
        refusal = Refusal.TooManyRequests(retryAfter);
        return false;
    }

    /// <summary>True once somebody has kept on at three times the limit for a while, allowed and refused taken together.</summary>
    public bool IsFlooding(string userId) => _perMinute > 0 && _attempts.IsFull(userId, Most);
}
