using System.Net.Sockets;
using LeanChat.Configuration;
using LeanChat.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace LeanChat.Mail;

/// <summary>Sends each letter in an SMTP session of its own (RFC 5321).</summary>
internal sealed partial class Smtp(CurrentSettings settings, ILogger<Smtp> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The name in EHLO (RFC 5321 §4.1.1.1), and the setting that it comes from.</summary>
    public static (string Name, string From) HeloName(Settings settings) =>
        settings["Mail:HeloName"] is { Length: > 0 } name ? (name, "Mail:HeloName")
        : settings.PublicUrl is { Length: > 0 } url ? (HostName.Of(new Uri(url)), "PublicUrl")
        : settings.Sender is { } sender ? (sender.Address.Host, "Mail:From")
        : ("localhost", "nothing");

    /// <summary>Hands a letter to the mail server. A failure is returned, not thrown.</summary>
    public async Task<SmtpResult> SendAsync(Letter letter, CancellationToken stopping)
    {
        if (EmailAddress.TryParse(letter.Recipient) is not { } recipient)
            return new SmtpResult(SmtpOutcome.Impossible, "No e-mail can be sent to this address.");
        MimeMessage message;
        try
        {
            message = Compose(letter, recipient);
        }
        catch (Exception e)
        {
            // Any error here is caught: it concerns this letter only, and must not stop the others.
            LogNotComposed(e, letter.MessageId);
            return new SmtpResult(SmtpOutcome.Impossible, "LeanChat could not write this e-mail. The server's log says why.");
        }

        return await ConnectAsync((client, patience) => client.SendAsync(message, patience), stopping);
    }

    /// <summary>Connects and signs in, but sends nothing.</summary>
    public Task<SmtpResult> CheckAsync(CancellationToken stopping) =>
        ConnectAsync((client, patience) => client.NoOpAsync(patience), stopping);

    private async Task<SmtpResult> ConnectAsync(Func<SmtpClient, CancellationToken, Task> act, CancellationToken stopping)
    {
        var now = settings.Value;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        using var reply = new SmtpReply();
        using var client = new SmtpClient(reply) { Timeout = (int)Patience.TotalMilliseconds, LocalDomain = HeloName(now).Name };
        try
        {
            await client.ConnectAsync(
                now["Mail:Smtp:Host"], now.Count("Mail:Smtp:Port"), MailSecurity.Of(now["Mail:Smtp:Security"]), patience.Token);
            // All our addresses are ASCII. Without SMTPUTF8 (RFC 6531), servers further on that lack it accept them too.
            client.Capabilities &= ~SmtpCapabilities.UTF8;
            if (now["Mail:Smtp:User"] is { Length: > 0 } user)
                await client.AuthenticateAsync(user, now["Mail:Smtp:Password"], patience.Token);
            await act(client, patience.Token);
        }
        catch (SmtpCommandException e) when (e.ErrorCode == SmtpErrorCode.RecipientNotAccepted && EnhancedStatus.IsNoMailbox(e.Message))
        {
            return Failed(SmtpOutcome.Refused, e, reply, now);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            // Refused for now, unreachable, or wrongly set up: all of it may be fixed, so the letter waits.
            return Failed(SmtpOutcome.Postponed, e, reply, now);
        }

        await QuitAsync(client);
        return new SmtpResult(SmtpOutcome.Sent, null);
    }

    /// <summary>The letter was accepted, so an error while disconnecting changes nothing.</summary>
    private static async Task QuitAsync(SmtpClient client)
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await client.DisconnectAsync(true, patience.Token);
        }
        catch (Exception e) when (e is IOException or ProtocolException or CommandException
            or SocketException or OperationCanceledException)
        {
            // See above.
        }
    }

    private static MimeMessage Compose(Letter letter, EmailAddress recipient)
    {
        var message = new MimeMessage
        {
            Subject = letter.Subject,
            Date = letter.Date,
            MessageId = letter.MessageId,
            Body = new MultipartAlternative
            {
                new TextPart("plain") { Text = letter.Text, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
                new TextPart("html") { Text = letter.Html, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
            },
        };
        message.From.Add(new MailboxAddress(letter.SenderName, letter.Sender.Wire));
        message.To.Add(new MailboxAddress(null, recipient.Wire));
        if (letter.ReplyTo is { } replyTo)
            message.ReplyTo.Add(new MailboxAddress(null, replyTo));
        // RFC 3834: automatic replies must not answer this.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        if (letter.Thread is { } thread)
        {
            message.References.Add(thread);
            message.InReplyTo = thread;
        }

        // After the thread's id, so that an answer names it even if a server has replaced the Message-ID.
        if (letter.SecondId is { } secondId)
            message.References.Add(secondId);

        if (letter.Unsubscribe is { } unsubscribe)
        {
            message.Headers.Add(HeaderId.ListUnsubscribe, $"<{unsubscribe.AbsoluteUri}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }

        return message;
    }

    private SmtpResult Failed(SmtpOutcome state, Exception e, SmtpReply reply, Settings settings)
    {
        var (user, password) = (settings["Mail:Smtp:User"], settings["Mail:Smtp:Password"]);
        var error = MailErrorText.OfSmtp(e, reply.Text, user, password);
        var detail = MailErrorText.DetailOf(e, error, user, password);
        if (error == MailErrorText.Unexpected)
            LogUnexpected(e);
        else if (detail is not null)
            LogTrouble(error, detail);
        return new SmtpResult(state, error, detail);
    }

    [LoggerMessage(LogLevel.Error, "An e-mail could not be composed: {Id}")]
    private partial void LogNotComposed(Exception e, string id);

    [LoggerMessage(LogLevel.Warning, "Nothing can be sent now: {Error} ({Detail})")]
    private partial void LogTrouble(string error, string detail);

    [LoggerMessage(LogLevel.Error, "Talking to the mail server failed unexpectedly")]
    private partial void LogUnexpected(Exception e);
}

/// <summary>What the mail server did with a letter.</summary>
internal enum SmtpOutcome
{
    /// <summary>The server accepted it.</summary>
    Sent,

    /// <summary>Not sent now; it is tried again later.</summary>
    Postponed,

    /// <summary>There is no such mailbox (<see cref="EnhancedStatus.IsNoMailbox"/>).</summary>
    Refused,

    /// <summary>This letter can never be sent, by any server.</summary>
    Impossible,
}

/// <param name="Error">The server's reply, or what else went wrong; null: nothing.</param>
/// <param name="Detail">More of that for who runs the server; null: there is no more.</param>
internal sealed record SmtpResult(SmtpOutcome State, string? Error, string? Detail = null)
{
    /// <summary>The error for a person: what the server has said is marked as such.</summary>
    public string? Says => Error is { } error && MailErrorText.IsReply(error) ? $"The mail server said: {error}" : Error;
}
