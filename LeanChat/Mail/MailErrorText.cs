using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using LeanChat.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace LeanChat.Mail;

/// <summary>
/// What went wrong with a mail server, in one line and without our password: its reply, which begins with its code, or a sentence of ours.
/// </summary>
internal static partial class MailErrorText
{
    public const string Unexpected = "LeanChat could not talk to the mail server. Check host, port and encryption; the log says more.";

    private const int Longest = 500;
    private const string NoSignIn = "The mail server offers no sign-in on this port that LeanChat knows.";

    /// <summary>MailKit says so itself, before it asks the server.</summary>
    private const string LoginDisabled = "The LOGIN command is disabled";
    private const string BrokeOff = "The connection broke off, or something else than a mail server answered.";

    /// <summary>What MailKit says where the server has said nothing.</summary>
    private static readonly string NoWords = new AuthenticationException().Message;

    /// <summary>Whether it is a mail server's reply. It is a sentence of ours otherwise.</summary>
    public static bool IsReply(string error) => Reply().IsMatch(error);

    /// <summary>What went wrong while an e-mail was sent.</summary>
    /// <param name="reply">The server's newest reply: MailKit leaves the code, or all of it, out where it asks for a sign-in.</param>
    public static string OfSmtp(Exception e, string? reply, string user, string password) => e switch
    {
        SmtpCommandException command => OneLine($"{(int)command.StatusCode} {command.Message}", user, password),
        AuthenticationException { InnerException: SmtpCommandException refused } => OfSmtp(refused, reply, user, password),
        AuthenticationException when reply is not null && IsReply(reply) => OneLine(reply, user, password),
        ServiceNotAuthenticatedException => OneLine("530 " + e.Message, user, password),
        _ => Sentence(e),
    };

    /// <summary>What went wrong while the mailbox was read.</summary>
    public static string OfImap(Exception e, string user, string password) => e switch
    {
        ImapCommandException command =>
            OneLine($"{command.Response.ToString().ToUpperInvariant()} {command.ResponseText}", user, password),
        AuthenticationException when !e.Message.StartsWith(LoginDisabled, StringComparison.Ordinal) && e.Message != NoWords =>
            OneLine("NO " + e.Message, user, password),
        FolderNotFoundException => "The mailbox has no such folder.",
        _ => Sentence(e),
    };

    /// <summary>The library's words, for the log and for who runs the server; null where the mail server has said all.</summary>
    public static string? DetailOf(Exception e, string error, string user, string password) =>
        IsReply(error) ? null : OneLine(e.InnerException?.Message ?? e.Message, user, password);

    private static string Sentence(Exception e) => e switch
    {
        SslHandshakeException =>
            "The connection could not be encrypted: the server does not speak TLS on this port, or its certificate is not trusted.",
        NotSupportedException when e.Message.Contains("STARTTLS", StringComparison.OrdinalIgnoreCase) =>
            "The mail server does not offer STARTTLS on this port.",
        NotSupportedException => NoSignIn,
        AuthenticationException when e.Message.StartsWith(LoginDisabled, StringComparison.Ordinal) => NoSignIn,
        AuthenticationException => "The mail server did not accept the username and the password.",
        ServiceNotAuthenticatedException => "The mailbox needs a username and a password.",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
            "No mail server has this name.",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } =>
            "The connection was refused: no mail server listens on this port.",
        SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable } =>
            "The mail server cannot be reached.",
        TimeoutException or OperationCanceledException => "The mail server did not answer in time.",
        IOException or SocketException or ProtocolException or ServiceNotConnectedException => BrokeOff,
        _ => Unexpected,
    };

    private static string OneLine(string said, string user, string password)
    {
        if (password.Length > 0)
        {
            foreach (var secret in (string[])[Base64($"\0{user}\0{password}"), password, Base64(password)])
                said = said.Replace(secret, "***", StringComparison.Ordinal);
        }

        said = new string([.. said.ReplaceLineEndings(" ").Where(c => !char.IsControl(c))]);
        return said.Length <= Longest ? said : Excerpt.Of(said, Longest) + " …";
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    [GeneratedRegex(@"^(?:[2-5]\d\d|OK|NO|BAD|BYE)(?: |$)")]
    private static partial Regex Reply();
}
