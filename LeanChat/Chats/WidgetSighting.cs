using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>When widget.js was first asked for by another website since the start: the sign that the line was pasted well.</summary>
internal sealed class WidgetSighting(TimeProvider clock)
{
    private string? _firstAt;

    public string? FirstAt => Volatile.Read(ref _firstAt);

    /// <summary>Looks at who asks for the script; our own demo page does not count.</summary>
    public void Look(HttpRequest request)
    {
        if (_firstAt is null && request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
            Interlocked.CompareExchange(ref _firstAt, UtcText.Of(clock.GetUtcNow()), null);
    }
}
