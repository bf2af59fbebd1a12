using System.Text.Json;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;
using Microsoft.AspNetCore.Http.Features;

namespace LeanChat.Admins;

/// <summary>The settings that the owner may change in the dashboard.</summary>
internal sealed class SettingsApi(
    CurrentSettings settings, Outbox outbox, Smtp smtp, LetterLinks links, ReplyKeys replyKeys, MailboxState mailbox, Database database,
    TimeProvider clock)
{
    public Task ListAsync(HttpContext context, Session session) =>
        ApiResponse.Json(context, Describe(), AdminJson.Strict.DictionaryStringSettingValue);

    public async Task ChangeAsync(HttpContext context, Session session)
    {
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.DictionaryStringJsonElement, settings.Value.Limits))
            .Is(out var sent, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        var changes = sent.ToDictionary(each => each.Key, each => TextOf(each.Key, each.Value));
        if (changes.Keys.FirstOrDefault(key => Settings.Find(key) is not { Owner: true }) is { } unknown)
            await ApiResponse.Refuse(context, ApiError.BadRequest($"{unknown} cannot be changed in the dashboard."));
        else if (changes.FirstOrDefault(each => each.Value is null).Key is { } wrong)
            await ApiResponse.Refuse(context, ApiError.BadRequest($"{wrong} must be a text, a list of texts, or null."));
        else if (changes.Keys.FirstOrDefault(settings.IsFixed) is { } @fixed)
            await ApiResponse.Refuse(context, ApiError.Conflict($"{@fixed} is fixed in the server's configuration."));
        else
            await ApplyAsync(context, changes);
    }

    /// <summary>A text; a list of texts as one; null as the default. Null for anything else, and for half a character.</summary>
    private static string? TextOf(string key, JsonElement value)
    {
        try
        {
            return (value.ValueKind, Settings.Find(key)) switch
            {
                (JsonValueKind.String, _) => value.GetString(),
                (JsonValueKind.Null, { } setting) => setting.Default,
                (JsonValueKind.Array, { } setting) when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
                    string.Join(setting.Separator, value.EnumerateArray().Select(item => item.GetString())),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private async Task ApplyAsync(HttpContext context, Dictionary<string, string?> changes)
    {
        try
        {
            await settings.ChangeAsync(changes.ToDictionary(each => each.Key, each => each.Value!));
            await ApiResponse.Json(context, Describe(), AdminJson.Strict.DictionaryStringSettingValue);
        }
        catch (SettingsException e)
        {
            // Its message is written for people and names only the key, never the value.
            await ApiResponse.Refuse(context, ApiError.BadRequest(e.Message));
        }
    }

    /// <summary>
    /// Sends a test e-mail now: to the admin, or to the mailbox, which is then watched for it. An error quotes the mail server.
    /// </summary>
    public async Task TestMailAsync(HttpContext context, Session session)
    {
        var toMailbox = false;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            var read = await ApiResponse.ReadAsync(context, AdminJson.Strict.TestMailBody, settings.Value.Limits);
            if (!read.Is(out var body, out var wrong))
            {
                await ApiResponse.Refuse(context, wrong);
                return;
            }

            toMailbox = body.Reply;
        }

        var now = settings.Value;
        if (!outbox.Ready || await database.ReadAsync(connection => AdminStore.Find(connection, session.AdminId!)) is not { } admin)
            await ApiResponse.Refuse(context, ApiError.Conflict("E-mail is not set up yet. Enter a sender and a mail server, then save."));
        else if (!toMailbox)
            await SendTestAsync(context, await replyKeys.OfAsync(Guid.NewGuid().ToString()), admin.Email);
        else if (Imap.AddressOf(now) is not { } mailboxAddress)
            await ApiResponse.Refuse(context, ApiError.Conflict("No mailbox is set up yet. Enter its mail server, then save."));
        else
        {
            var key = await replyKeys.OfAsync(Guid.NewGuid().ToString());
            mailbox.BeginTest(key);
            await SendTestAsync(context, key, mailboxAddress.Wire);
        }
    }

    private async Task SendTestAsync(HttpContext context, string key, string recipient)
    {
        var letter = Letter.Test(settings.Value, recipient, links.ToDashboard, clock.GetUtcNow()).WithKey(key, settings.Value);
        var delivery = await smtp.SendAsync(letter, context.RequestAborted);
        await (delivery.State == SmtpOutcome.Sent
            ? ApiResponse.NoContent(context)
            : ApiResponse.Refuse(context, ApiError.Conflict(delivery.Says!)));
    }

    private Dictionary<string, SettingValue> Describe() =>
        Settings.All.Where(setting => setting.Owner).ToDictionary(setting => setting.Key, Describe);

    /// <summary>A secret's value is never sent, only whether it is set.</summary>
    private SettingValue Describe(Setting setting)
    {
        var value = settings.Value[setting.Key];
        return new SettingValue(
            setting.IsSecret ? "" : value, settings.IsFixed(setting.Key), setting.Meaning, setting.Choices,
            setting.IsSecret ? value.Length > 0 : null);
    }
}
