using System.Text;
using MailKit;

namespace LeanChat.Mail;

/// <summary>The newest reply of a mail server: of a refused sign-in, MailKit does not always tell the words.</summary>
internal sealed class SmtpReply : IProtocolLogger
{
    private const int Longest = 4000;

    private readonly StringBuilder _reply = new();

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>The code, and the words of all lines; null if there was no reply.</summary>
    public string? Text
    {
        get
        {
            var lines = _reply.ToString().ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return lines is [{ Length: > 3 } first, ..] && first[..3].All(char.IsAsciiDigit)
                ? $"{first[..3]} {string.Join(' ', lines.Where(line => line.Length > 4).Select(line => line[4..]))}"
                : null;
        }
    }

    public void LogConnect(Uri uri) => _reply.Clear();

    public void LogClient(byte[] buffer, int offset, int count) => _reply.Clear();

    public void LogServer(byte[] buffer, int offset, int count)
    {
        if (_reply.Length < Longest)
            _reply.Append(Encoding.UTF8.GetString(buffer, offset, count));
    }

    public void Dispose()
    {
        // Nothing is open.
    }
}
