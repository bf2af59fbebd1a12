using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>When another website first requested widget.js since the start: this shows that the widget is installed.</summary>
internal sealed class WidgetSighting(TimeProvider clock)
{
    private string? _firstAt;

    public string? FirstAt => Volatile.Read(ref _firstAt);

    /// <summary>Notes a request for the script; one from our own demo page does not count.</summary>
    public void Record(HttpRequest request)
    {
        // Where the server runs below a path, the website may share our origin. Our own pages send no Referer.
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var isOnOurHost = site == "same-origin" && request.PathBase.HasValue && request.Headers.Referer.Count > 0;
        if (_firstAt is null && (site is "cross-site" or "same-site" || isOnOurHost))
            Interlocked.CompareExchange(ref _firstAt, UtcText.Of(clock.GetUtcNow()), null);
    }
}
