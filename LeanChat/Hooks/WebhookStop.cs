using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Hooks;

/// <summary>Turns off a webhook that takes nothing any more, and tells the admins.</summary>
internal sealed class WebhookStop(AccountMail mail, Hub hub)
{
    public void Stop(Transaction tx, Webhook hook, string why)
    {
        if (!WebhookStore.Stop(tx, hook.Id, why))
            return;
        WebhookDeliveryStore.DropWaiting(tx, hook.Id);
        var host = new Uri(hook.Url).Host;
        var reason = why == Webhook.Gone
            ? $"{host} answered that it wants no more events (410)."
            : $"{host} has taken no event for three days.";
        foreach (var admin in AdminStore.All(tx.Connection))
            mail.TellOfWebhook(tx, admin, host, reason);
        tx.AfterCommit(() => hub.Publish(
            Presence.AdminTopic, JsonFrames.Of(new WebhookStoppedFrame("webhook_stopped", hook.Id), HooksJson.Strict.WebhookStoppedFrame)));
    }
}

/// <summary>To the dashboards: a webhook was turned off by itself.</summary>
internal sealed record WebhookStoppedFrame(string Type, string Id);
