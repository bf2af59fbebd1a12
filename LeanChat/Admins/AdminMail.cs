using System.Data.Common;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;
using Microsoft.AspNetCore.Http.Features;

namespace LeanChat.Admins;

/// <summary>The state of the e-mail: whether it is sent, and which addresses get none.</summary>
internal sealed class AdminMail(
    SilentAddresses silent, MailboxState mailbox, CurrentSettings settings, Database database, TimeProvider clock)
{
    public async Task ShowAsync(HttpContext context, Session session) =>
        await ApiResponse.Json(context, await ReadAsync(), AdminJson.Strict.MailStatus);

    /// <summary>Allows e-mail to an address again.</summary>
    public async Task RemoveSilenceAsync(HttpContext context, Session session)
    {
        // From the raw target: in the route's value, a slash within the address stays encoded.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var address = Uri.UnescapeDataString(target.Split('?')[0].Split('/')[^1]);
        await (await database.WriteAsync(tx => silent.Lift(tx, address)) switch
        {
            null => ApiResponse.Refuse(context, ApiError.NotFound),
            SilentAddressStore.Unsubscribed =>
                ApiResponse.Refuse(context, ApiError.Conflict("This person has unsubscribed. Only they can undo that.")),
            _ => ApiResponse.NoContent(context),
        });
    }

    public Task<MailStatus> ReadAsync() => database.ReadAsync(connection => new MailStatus(
        LetterReport.Sending(connection), Receiving(connection), SilentAddressStore.All(connection, clock.GetUtcNow()),
        [.. MailboxStore.Untaken(connection, clock.GetUtcNow()).Select(mail => new RefusedMail(mail.Sender, mail.Why, mail.At))],
        mailbox.Test));

    private MailReceiving? Receiving(DbConnection connection)
    {
        if (!Imap.IsSet(settings.Value))
            return null;
        var (error, since) = mailbox.Trouble;
        return new MailReceiving(error is null, error, since, MailboxStore.LastTakenAt(connection));
    }
}
