using System.Text.Json;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Live;

namespace LeanChat.Pages;

/// <summary>Sends open widgets the new settings when one that they show has changed.</summary>
internal sealed class SettingsBroadcast(CurrentSettings settings, Presence presence, ReplyTime replyTime, Hub hub, TimeProvider clock)
{
    private string _told = "";

    /// <summary>Begins to follow the settings.</summary>
    public void Start()
    {
        _told = Shown();
        settings.Changed += Tell;
    }

    /// <summary>Called on the writer's thread only, so no lock is needed.</summary>
    private void Tell()
    {
        var now = Shown();
        if (now == _told)
            return;
        _told = now;
        var frame = new SettingsFrame("settings", Now(replyTime));
        hub.PublishToAll(Chat.TopicOf(""), new Frame(JsonSerializer.SerializeToUtf8Bytes(frame, PageJson.Sparse.SettingsFrame)));
    }

    /// <summary>What of the settings a widget shows. Presence and reply time are left out: they change without the owner.</summary>
    private string Shown() => JsonSerializer.Serialize(
        Now(null) with { AdminOnline = false, Hours = null }, PageJson.Sparse.WidgetSettings)
        + settings.Value["Hours:Open"] + settings.Value["Hours:TimeZone"];

    private WidgetSettings Now(ReplyTime? reckoned) => WidgetSettings.Live(settings.Value, presence, reckoned, clock.GetUtcNow());
}
