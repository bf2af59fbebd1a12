using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;
using Microsoft.AspNetCore.Http.Features;

namespace LeanChat.Admins;

/// <summary>What the owner sees of the mail: whether it goes out, and which addresses get none.</summary>
internal sealed class AdminMail(Outbox outbox, Database database, TimeProvider clock)
{
    public async Task ShowAsync(HttpContext context, Session session) =>
        await ApiResponse.Json(context, await ReadAsync(), AdminJson.Strict.MailStatus);

    /// <summary>Letters may go to an address again.</summary>
    public async Task LiftAsync(HttpContext context, Session session)
    {
        // As it was sent: a slash that belongs to the address stays encoded in the route's value.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var address = Uri.UnescapeDataString(target.Split('?')[0].Split('/')[^1]);
        await (await database.WriteAsync(tx => outbox.Lift(tx, address)) switch
        {
            null => ApiResponse.Refuse(context, ApiError.NotFound),
            SilentAddresses.Unsubscribed =>
                ApiResponse.Refuse(context, ApiError.Conflict("This person has unsubscribed; only they can take that back.")),
            _ => ApiResponse.NoContent(context),
        });
    }

    public Task<MailStatus> ReadAsync() => database.ReadAsync(
        connection => new MailStatus(LetterReport.Sending(connection), null, SilentAddresses.All(connection, clock.GetUtcNow()), []));
}
