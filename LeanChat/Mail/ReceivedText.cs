using LeanChat.Text;
using MimeKit;

namespace LeanChat.Mail;

/// <summary>What a mail in the mailbox holds.</summary>
/// <param name="Report">The delivery report that it is; null for other mail.</param>
/// <param name="Typed">What a person typed, without the quoted letter and without what our links keep secret.</param>
/// <param name="Files">The files that came with it.</param>
internal sealed record ReceivedText(DeliveryReport? Report, string Typed, IReadOnlyList<MailFile> Files)
{
    /// <summary>More is not taken from one mail.</summary>
    private const int MessagesAtMost = 50;

    /// <summary>The line above which our letters ask to reply, in every language.</summary>
    private static readonly IReadOnlyList<string> ReplyLines = [.. LetterWords.All.Select(words => words.ReplyAbove)];

    /// <summary>Reads a mail. Throws nothing for a mail that breaks the rules: what can be read is read.</summary>
    public static ReceivedText Read(Stream mail)
    {
        var message = MimeMessage.Load(mail);
        if (DeliveryReport.Read(message) is { } report)
            return new ReceivedText(report, "", []);
        var (text, files) = MailParts.Of(message.Body);
        return new ReceivedText(null, MailQuote.Cut(LetterLinks.WithoutSecrets(text), ReplyLines, files.Count > 0), files);
    }

    /// <summary>The messages that it makes: the text, in as many as it needs, and last what was not taken.</summary>
    /// <param name="longest">The most code points in a message; 0: no limit.</param>
    /// <param name="refused">The files that were not taken, each with the reason.</param>
    /// <param name="withFiles">Whether files come with the last message: then it may have no text.</param>
    public IReadOnlyList<string> Messages(int longest, IEnumerable<(string Name, string Why)> refused, bool withFiles)
    {
        var most = longest == 0 ? int.MaxValue : longest;
        List<string> messages = [.. Blank.Is(Typed) ? [] : TextPieces.Of(Typed, most, MessagesAtMost + 1)];
        List<string> untaken = [.. refused.Select(file => $"[Not taken: {file.Name} – {file.Why}]")];
        if (messages.Count > MessagesAtMost)
        {
            messages.RemoveAt(MessagesAtMost);
            untaken.Insert(0, "[Not taken: the rest of this e-mail – it is too long]");
        }

        if (untaken.Count > 0)
        {
            var notes = Excerpt.Of(string.Join('\n', untaken), most);
            if (messages.Count > 0 && Excerpt.CodePoints(messages[^1]) + Excerpt.CodePoints(notes) + 2 <= most)
                messages[^1] += "\n\n" + notes;
            else
                messages.Add(notes);
        }

        return messages.Count > 0 ? messages : [withFiles ? "" : "[This e-mail has no text]"];
    }
}
