using LeanChat.Chats;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Admins;

/// <summary>What the owner may set in the dashboard while the server runs.</summary>
internal sealed class OwnerSettings(CurrentSettings settings, Outbox outbox, Smtp smtp, Links links, Database database, TimeProvider clock)
{
    public Task ListAsync(HttpContext context, Session session) =>
        Answer.Json(context, Describe(), Frames.Json.DictionaryStringSettingValue);

    public async Task ChangeAsync(HttpContext context, Session session)
    {
        if (!(await Answer.ReadAsync(context, Frames.Json.DictionaryStringString, settings.Value.Limits)).Is(out var changes, out var refusal))
        {
            await Answer.Refuse(context, refusal);
            return;
        }

        if (changes.Keys.FirstOrDefault(key => Settings.Find(key) is not { Owner: true }) is { } unknown)
            await Answer.Refuse(context, Refusal.BadRequest($"{unknown} is not a setting of the dashboard."));
        else if (changes.Keys.FirstOrDefault(settings.IsFixed) is { } @fixed)
            await Answer.Refuse(context, Refusal.Conflict($"{@fixed} is fixed by the server's configuration."));
        else
            await ApplyAsync(context, changes);
    }

    private async Task ApplyAsync(HttpContext context, Dictionary<string, string?> changes)
    {
        try
        {
            await settings.ChangeAsync(changes.ToDictionary(each => each.Key, each => each.Value ?? Settings.Find(each.Key)!.Default));
            await Answer.Json(context, Describe(), Frames.Json.DictionaryStringSettingValue);
        }
        catch (SettingsException e)
        {
            // Its message is made for people and names only the key.
            await Answer.Refuse(context, Refusal.BadRequest(e.Message));
        }
    }

    /// <summary>Sends the admin a letter now; a failure comes in the mail server's own words.</summary>
    public async Task TestMailAsync(HttpContext context, Session session)
    {
        if (!outbox.Ready || await database.ReadAsync(connection => AdminAccounts.Find(connection, session.AdminId!)) is not { } admin)
        {
            await Answer.Refuse(context, Refusal.Conflict("Mail is not set up yet: it needs a server and a sender's address."));
            return;
        }

        var now = settings.Value;
        var delivery = await smtp.SendAsync(Letter.Test(now, admin.Email, links.ToDashboard, clock.GetUtcNow()), context.RequestAborted);
        await (delivery.State == DeliveryState.Sent ? Answer.NoContent(context) : Answer.Refuse(context, Refusal.Conflict(
            delivery.State == DeliveryState.Impossible ? delivery.Error! : $"The mail server said: {delivery.Error}")));
    }

    private Dictionary<string, SettingValue> Describe() => Settings.Knobs.Where(knob => knob.Owner).ToDictionary(knob => knob.Key, Describe);

    /// <summary>A secret is never sent back, only whether there is one.</summary>
    private SettingValue Describe(Knob knob)
    {
        var value = settings.Value[knob.Key];
        return new SettingValue(knob.IsSecret ? "" : value, settings.IsFixed(knob.Key), knob.Meaning, knob.Choices, knob.IsSecret ? value.Length > 0 : null);
    }
}
