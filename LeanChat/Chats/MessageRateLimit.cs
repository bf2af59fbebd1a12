using System.Diagnostics.CodeAnalysis;
using LeanChat.Configuration;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>How much one user may say, over all transports: a burst, then a steady rate. Who keeps on far beyond it is shown out.</summary>
internal sealed class MessageRateLimit(CurrentSettings settings, TimeProvider clock)
{
    private const int Patience = 3;
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    private readonly int _perMinute = settings.Value.Limits.MessagesPerMinute;
    private readonly TokenBucket _messages = new(clock, Math.Max(1, settings.Value.Limits.MessagesPerMinute / 3.0), settings.Value.Limits.MessagesPerMinute / 60.0);
    private readonly SlidingWindow _attempts = new(clock, Watched);

    private bool Counts(Sender sender) => _perMinute > 0 && sender.IsUser;

    private int Most => Math.Max(1, (int)(Patience * _perMinute * Watched.TotalMinutes));

    /// <summary>Lets one message through, or says how long to wait. Admins always may.</summary>
    public bool TryPass(Sender sender, [NotNullWhen(false)] out ApiError? error)
    {
        error = null;
        if (!Counts(sender))
            return true;
        _attempts.TryAdd(sender.Id, Most, out _);
        if (_messages.TryTake(sender.Id, out var retryAfter))
            return true;
        error = ApiError.TooManyRequests(retryAfter);
        return false;
    }

    /// <summary>It was no new message after all.</summary>
    public void Forgive(Sender sender, bool passed)
    {
        if (!Counts(sender))
            return;
        _attempts.Forgive(sender.Id);
        if (passed)
            _messages.GiveBack(sender.Id);
    }

    /// <summary>True once somebody has kept on at three times the limit for a while, allowed and refused taken together.</summary>
    public bool IsFlooding(string userId) => _perMinute > 0 && _attempts.IsFull(userId, Most);
}
