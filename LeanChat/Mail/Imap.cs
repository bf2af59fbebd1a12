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

    /// <summary>Signs in and opens the folder. Throws <see cref="MailboxException"/> if it cannot.</summary>
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
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            var (user, password) = (settings["Mail:Imap:User"], settings["Mail:Imap:Password"]);
            var error = MailErrorText.OfImap(e, user, password);
            throw new MailboxException(error, MailErrorText.DetailOf(e, error, user, password), e);
        }
    }
}

/// <summary>The mailbox cannot be read now; the message is the mail server's reply or a sentence of ours.</summary>
internal sealed class MailboxException(string message, string? detail, Exception inner) : Exception(message, inner)
{
    /// <summary>More of it for who runs the server; null: there is no more.</summary>
    public string? Detail => detail;
}
