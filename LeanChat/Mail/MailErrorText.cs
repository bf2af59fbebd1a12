using System.Text;
using LeanChat.Text;
using MailKit.Net.Smtp;

namespace LeanChat.Mail;

/// <summary>What a mail server said, in one line and without our password.</summary>
internal static class MailErrorText
{
    private const int Longest = 500;

    public static string Of(Exception e, string user, string password)
    {
        var said = e is SmtpCommandException command ? $"{(int)command.StatusCode} {command.Message}" : e.Message;
        if (password.Length > 0)
        {
            foreach (var secret in (string[])[Base64($"\0{user}\0{password}"), password, Base64(password)])
                said = said.Replace(secret, "***", StringComparison.Ordinal);
        }

        said = new string([.. said.ReplaceLineEndings(" ").Where(c => !char.IsControl(c))]);
        return said.Length <= Longest ? said : Excerpt.Of(said, Longest) + " …";
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
