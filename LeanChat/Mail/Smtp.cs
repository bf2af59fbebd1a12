using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace LeanChat.Mail;

/// <summary>One letter, one SMTP conversation (RFC 5321). The only file that knows MailKit.</summary>
internal sealed class Smtp(CurrentSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Hands a letter to the mail server. Expected failures are outcomes, in the server's own words.</summary>
    public Task<Delivery> SendAsync(Letter letter, CancellationToken stopping) =>
        ConverseAsync((client, patience) => client.SendAsync(Compose(letter), patience), stopping);

    /// <summary>Connects and signs in as for a letter, and sends none.</summary>
    public Task<Delivery> CheckAsync(CancellationToken stopping) => ConverseAsync((client, patience) => client.NoOpAsync(patience), stopping);

    private async Task<Delivery> ConverseAsync(Func<SmtpClient, CancellationToken, Task> say, CancellationToken stopping)
    {
        var now = settings.Value;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        using var client = new SmtpClient { Timeout = (int)Patience.TotalMilliseconds };
        try
        {
            await client.ConnectAsync(now["Mail:Smtp:Host"], now.Count("Mail:Smtp:Port"), Security(now["Mail:Smtp:Security"]), patience.Token);
            if (now["Mail:Smtp:User"] is { Length: > 0 } user)
                await client.AuthenticateAsync(user, now["Mail:Smtp:Password"], patience.Token);
            await say(client, patience.Token);
        }
        catch (SmtpCommandException e) when (e.ErrorCode == SmtpErrorCode.RecipientNotAccepted && (int)e.StatusCode >= 500)
        {
            return new Delivery(DeliveryState.Bounced, Words(e));
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new Delivery(DeliveryState.Postponed, $"The mail server did not answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (Exception e) when (e is CommandException or ProtocolException or AuthenticationException or SslHandshakeException or IOException or SocketException or TimeoutException or NotSupportedException or ServiceNotConnectedException or ServiceNotAuthenticatedException)
        {
            // Refused for now, unreachable, or wrongly set up: all of it may be mended, so the letter waits.
            return new Delivery(DeliveryState.Postponed, Words(e));
        }

        await QuitAsync(client);
        return new Delivery(DeliveryState.Sent, null);
    }

    /// <summary>The letter was accepted; a server that hangs up without a word changes nothing about that.</summary>
    private static async Task QuitAsync(SmtpClient client)
    {
        try
        {
            using var moment = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await client.DisconnectAsync(true, moment.Token);
        }
        catch (Exception e) when (e is IOException or ProtocolException or CommandException or SocketException or OperationCanceledException)
        {
            // See above.
        }
    }

    private static MimeMessage Compose(Letter letter)
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
        message.From.Add(new MailboxAddress(letter.SenderName, letter.Sender));
        message.To.Add(new MailboxAddress(null, letter.Recipient));
        // RFC 3834: nobody's holiday notice shall answer this.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        if (letter.Thread is { } thread)
        {
            message.References.Add(thread);
            message.InReplyTo = thread;
        }

        if (letter.Unsubscribe is { } unsubscribe)
        {
            message.Headers.Add(HeaderId.ListUnsubscribe, $"<{unsubscribe.AbsoluteUri}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }

        return message;
    }

    private static SecureSocketOptions Security(string how) => how switch
    {
        "none" => SecureSocketOptions.None,
        "starttls" => SecureSocketOptions.StartTls,
        "tls" => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.Auto,
    };

    private static string Words(Exception e) => e switch
    {
        SmtpCommandException command => $"{(int)command.StatusCode} {command.Message}",
        _ => e.Message,
    };
}

/// <summary>What became of a letter at the mail server.</summary>
internal enum DeliveryState
{
    /// <summary>The server took it.</summary>
    Sent,

    /// <summary>Not now: try again later.</summary>
    Postponed,

    /// <summary>The address was refused for good (5xx at RCPT).</summary>
    Bounced,
}

/// <param name="Error">The server's own words, if there was an error.</param>
internal sealed record Delivery(DeliveryState State, string? Error);
