using MailKit.Security;

namespace LeanChat.Mail;

/// <summary>The encryption of a connection to a mail server, as the settings name it.</summary>
internal static class MailSecurity
{
    public static SecureSocketOptions Of(string setting) => setting switch
    {
        "none" => SecureSocketOptions.None,
        "starttls" => SecureSocketOptions.StartTls,
        "tls" => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.Auto,
    };
}
