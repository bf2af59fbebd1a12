using System.Globalization;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>
/// Letters to admins that are about no chat: a link for a new password, a sign-in with a new browser, an invitation, a webhook that was
/// turned off. The mailer sends them.
/// </summary>
internal sealed partial class AccountMail(
    Outbox outbox, Smtp smtp, LetterLinks links, Database database, CurrentSettings settings, TimeProvider clock, ILogger<AccountMail> log)
{
    /// <summary>
    /// Somebody asks for a link for a new password. Whether an admin has that address is looked up only when the letter is due, so that
    /// the answer takes the same time for every address.
    /// </summary>
    public void AskForReset(Transaction tx, EmailAddress email) =>
        Add(tx, AdminLetter.Reset, email.Typed, null, null, PasswordResetStore.Life);

    /// <summary>An admin has signed in with a browser that is new.</summary>
    public void TellOfSignIn(Transaction tx, Admin admin, string device, string address) =>
        Add(tx, AdminLetter.NewDevice, admin.Email, device, address, Backoff.Patience);

    /// <summary>A colleague is invited. Each try has a link of its own, good as long as the first.</summary>
    /// <param name="inviter">Who invites.</param>
    public void Invite(Transaction tx, EmailAddress email, string inviter) =>
        Add(tx, AdminLetter.Invite, email.Typed, inviter, null, AdminInviteStore.Life);

    /// <summary>A webhook was turned off.</summary>
    /// <param name="host">The host that it went to.</param>
    /// <param name="why">Why, as a sentence.</param>
    public void TellOfWebhook(Transaction tx, Admin admin, string host, string why) =>
        Add(tx, AdminLetter.Webhook, admin.Email, host, why, Backoff.Patience);

    private void Add(Transaction tx, string kind, string email, string? device, string? address, TimeSpan life)
    {
        if (!outbox.Ready)
            return;
        AdminLetterStore.Add(tx, kind, email, device, address, tx.Now + life);
        outbox.RaiseAdded(tx);
    }

    /// <summary>Sends the letter that is due first, if there is one.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> SendNextAsync(CancellationToken stopping)
    {
        if (!outbox.Ready || !(await database.ReadAsync(AdminLetterStore.NextDue) <= clock.GetUtcNow()))
            return false;
        var (found, letter) = await database.WriteAsync(Take);
        if (letter is not null)
        {
            var delivery = await smtp.SendAsync(letter, stopping);
            await database.WriteAsync(tx =>
            {
                if (delivery.State != SmtpOutcome.Postponed)
                    AdminLetterStore.Remove(tx, found!.Id);
                if (delivery.State == SmtpOutcome.Refused)
                    outbox.Silence(tx, letter.Recipient, delivery.Error!);
                return true;
            });
            LogTried(found!.Kind, found.Id, delivery.State);
        }

        return found is not null;
    }

    /// <summary>
    /// Takes the letter that is due first. It counts as tried from here on: if the server dies, it is due again. Each try has a link of
    /// its own, because only the hashes of links are stored.
    /// </summary>
    private (AdminLetter? Found, Letter? Letter) Take(Transaction tx)
    {
        AdminLetterStore.Sweep(tx);
        if (AdminLetterStore.FirstDue(tx) is not { } due)
            return (null, null);
        var letter = SilentAddressStore.Has(tx, due.Email, due.Kind) ? null : Write(tx, due);
        if (letter is null)
            AdminLetterStore.Remove(tx, due.Id);
        else
            AdminLetterStore.CountTry(tx, due.Id, tx.Now + Backoff.After(due.Attempts));
        return (due, letter);
    }

    /// <summary>Null if the letter is of no use: nobody, or somebody, has an account with that address.</summary>
    private Letter? Write(Transaction tx, AdminLetter due)
    {
        var admin = AdminStore.FindEmail(tx.Connection, due.Email);
        if (due.Kind == AdminLetter.Invite)
        {
            return admin is null && EmailAddress.TryParse(due.Email) is { } email
                && AdminInviteStore.Until(tx.Connection, due.Email, tx.Now) is { } until
                ? Invitation(due, links.ToInvite(AdminInviteStore.New(tx, email, UtcText.Parse(until))))
                : null;
        }

        return admin is null ? null
            : due.Kind == AdminLetter.Reset ? Reset(due, admin, links.ToReset(PasswordResetStore.New(tx, admin.Id)))
            : due.Kind == AdminLetter.Webhook ? WebhookOff(due, admin)
            : NewDevice(due, admin);
    }

    private Letter Invitation(AdminLetter due, Uri link) => Write(
        due, due.Email, $"Answer the chats of {settings.Value.AppName}",
        new("You are invited",
            [new(null, $"{due.Device} invites you to answer the chats of {settings.Value.AppName}. "
                + "The link is good for three days and works once.")],
            [new("Create your account", link)]),
        "If you do not know what this is about, ignore this e-mail.");

    private Letter Reset(AdminLetter due, Admin admin, Uri link) => Write(
        due, admin.Email, $"Set a new password for {settings.Value.AppName}",
        new("Set a new password",
            [new(null, "Somebody asked for a new password for your account. The link is good for 30 minutes and works once.")],
            [new("Set a new password", link)]),
        "If it was not you, ignore this e-mail: your password stays as it is.");

    private Letter NewDevice(AdminLetter due, Admin admin)
    {
        var zone = settings.Value["Hours:TimeZone"];
        var time = TimeZoneInfo.ConvertTime(UtcText.Parse(due.CreatedAt), TimeZoneInfo.FindSystemTimeZoneById(zone));
        return Write(
            due, admin.Email, $"New sign-in to {settings.Value.AppName}",
            new("You have signed in with a new browser",
                [new(null, string.Create(
                    CultureInfo.InvariantCulture, $"{due.Device}\n{time:dddd, d MMMM yyyy, HH:mm} ({zone})\nAddress: {due.Address}"))],
                [new("If this was not you: reset your password", links.ToForgot)]),
            "We tell you of every sign-in with a browser that is new. If this was you, you need not do anything.");
    }

    private Letter WebhookOff(AdminLetter due, Admin admin) => Write(
        due, admin.Email, $"A webhook of {settings.Value.AppName} was turned off",
        new("A webhook was turned off",
            [new(null, $"{due.Address} What waited for it was dropped. Once {due.Device} works again, turn the webhook on "
                + "in the dashboard: Settings, Connections.")],
            [new("Open the dashboard", links.ToDashboard)]),
        "You get this e-mail because you answer the chats.");

    private Letter Write(AdminLetter due, string recipient, string subject, Passage passage, string why) => Letter.ToAdmin(
        new PendingLetter(due.Id, due.Kind, "", "", "", "", 0, 0, ""), settings.Value, recipient, subject, clock.GetUtcNow(),
        [passage], why);

    [LoggerMessage(LogLevel.Information, "An e-mail about an account: {Id} ({Kind}, {State})")]
    private partial void LogTried(string kind, string id, SmtpOutcome state);
}
