using System.Text;

namespace LeanChat.Mail;

/// <summary>A letter as plain text.</summary>
internal static class LetterText
{
    public static string Of(LetterBody body)
    {
        var text = new StringBuilder();
        if (body.ReplyAbove is { } line)
            text.Append(line).Append("\n\n");
        foreach (var passage in body.Passages)
            Append(text, passage);
        if (body.Answerable)
            text.Append(body.Words.Answer).Append("\n\n");
        text.Append("-- \n").Append(body.Why).Append('\n');
        if (body.Unsubscribe is { } unsubscribe)
            text.Append(body.Words.Unsubscribe).Append(": ").Append(unsubscribe.AbsoluteUri).Append('\n');
        return text.ToString();
    }

    private static void Append(StringBuilder text, Passage passage)
    {
        if (passage.Quote is { } quote)
        {
            text.Append(quote.Label).Append('\n');
            Append(text, quote.Content, "> ");
        }

        text.Append(passage.Heading).Append("\n\n");
        foreach (var said in passage.Said)
        {
            if (said.By is { } author)
                text.Append(author).Append(":\n");
            Append(text, said.Content, "  ");
        }

        foreach (var fact in passage.Facts)
            text.Append(fact).Append('\n');
        if (passage.Facts.Count > 0)
            text.Append('\n');
        foreach (var link in passage.Links)
            text.Append(link.Text).Append(":\n").Append(link.Target.AbsoluteUri).Append("\n\n");
    }

    private static void Append(StringBuilder text, string content, string indent)
    {
        foreach (var line in content.ReplaceLineEndings("\n").Split('\n'))
            text.Append(line.Length == 0 ? indent.TrimEnd() : indent + line).Append('\n');
        text.Append('\n');
    }
}
