using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>When widget.js was first asked for by another website since the start: the sign that the line was pasted well.</summary>
internal sealed class WidgetSighting(TimeProvider clock)
{
    private string? _firstAt;

    public string? FirstAt => Volatile.Read(ref _firstAt);

    /// <summary>Looks at who asks for the script; our own demo page does not count.</summary>
    public void Look(HttpRequest request)
    {
        // Below a path, the website is of our own origin. Our own pages send no Referer.
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var isOnOurHost = site == "same-origin" && request.PathBase.HasValue && request.Headers.Referer.Count > 0;
        if (_firstAt is null && (site is "cross-site" or "same-site" || isOnOurHost))
            Interlocked.CompareExchange(ref _firstAt, UtcText.Of(clock.GetUtcNow()), null);
    }
}
