using System.Net.Sockets;
using LeanChat.Configuration;
using LeanChat.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace LeanChat.Mail;

/// <summary>Signs in to the mailbox that answers arrive in (IMAP, RFC 3501).</summary>
internal sealed class Imap(CurrentSettings settings, TimeProvider clock)
{
    /// <summary>How long any one command may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Whether a mailbox is set.</summary>
    public static bool IsSet(Settings settings) => settings["Mail:Imap:Host"].Length > 0;

    /// <summary>Where answers are to be sent, without a key; null while no mailbox is set.</summary>
    public static EmailAddress? AddressOf(Settings settings) => !IsSet(settings)
        ? null
        : EmailAddress.TryParse(settings["Mail:Imap:Address"]) ?? settings.Sender?.Address;

    /// <summary>All settings of the mailbox in one text: another text is another mailbox, or another way to it.</summary>
    public static string Fingerprint(Settings settings) => string.Join(
        '\n', Settings.All.Where(each => each.Key.StartsWith("Mail:Imap:", StringComparison.Ordinal)).Select(each => settings[each.Key]));

    /// <summary>Signs in and opens the folder. Throws <see cref="MailboxException"/> with the server's words.</summary>
    public async Task<ImapSession> OpenAsync(CancellationToken stopping)
    {
        var now = settings.Value;
        var client = new ImapClient { Timeout = (int)Patience.TotalMilliseconds };
        try
        {
            await GuardAsync(now, async () =>
            {
                await client.ConnectAsync(
                    now["Mail:Imap:Host"], now.Count("Mail:Imap:Port"), MailSecurity.Of(now["Mail:Imap:Security"]), stopping);
                if (now["Mail:Imap:User"] is { Length: > 0 } user)
                    await client.AuthenticateAsync(user, now["Mail:Imap:Password"], stopping);
                return true;
            }, stopping);
            var folder = await GuardAsync(now, () => FindAsync(client, now["Mail:Imap:Folder"], stopping), stopping);
            await GuardAsync(now, () => folder.OpenAsync(FolderAccess.ReadWrite, stopping), stopping);
            var name = $"{now["Mail:Imap:User"]}@{now["Mail:Imap:Host"]}/{folder.FullName}";
            return new ImapSession(client, folder, name, clock, now);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static async Task<IMailFolder> FindAsync(ImapClient client, string name, CancellationToken stopping) =>
        name.Equals("INBOX", StringComparison.OrdinalIgnoreCase) ? client.Inbox : await client.GetFolderAsync(name, stopping);

    /// <summary>Turns what MailKit throws into a <see cref="MailboxException"/>: all of it may be mended, so it is tried again.</summary>
    internal static async Task<T> GuardAsync<T>(Settings settings, Func<Task<T>> act, CancellationToken stopping)
    {
        try
        {
            return await act();
        }
        catch (FolderNotFoundException e)
        {
            throw new MailboxException($"The mailbox has no folder named {e.FolderName}.", e);
        }
        catch (OperationCanceledException e) when (!stopping.IsCancellationRequested)
        {
            throw new MailboxException($"The mail server did not answer within {Patience.TotalSeconds:0} seconds.", e);
        }
        catch (Exception e) when (e is CommandException or ProtocolException or AuthenticationException or SslHandshakeException
            or IOException or SocketException or TimeoutException or NotSupportedException or ServiceNotConnectedException
            or ServiceNotAuthenticatedException or FolderNotOpenException or ArgumentException or InvalidOperationException)
        {
            throw new MailboxException(MailErrorText.Of(e, settings["Mail:Imap:User"], settings["Mail:Imap:Password"]), e);
        }
    }
}

/// <summary>The mailbox cannot be read now; the message is the mail server's.</summary>
internal sealed class MailboxException(string message, Exception inner) : Exception(message, inner);
