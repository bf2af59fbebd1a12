using System.Text;

namespace LeanChat.Mail;

/// <summary>Text whose lines a mail program has wrapped (`format=flowed`, RFC 3676).</summary>
internal static class FlowedText
{
    /// <summary>The text with its lines whole again. Quoted lines keep their `>`.</summary>
    /// <param name="text">The text.</param>
    /// <param name="deleteSpace">Whether the space at the end of a wrapped line does not belong to the text (`DelSp=yes`).</param>
    public static string Unflow(string text, bool deleteSpace)
    {
        var whole = new StringBuilder();
        var (flows, depth) = (false, 0);
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var quotes = line.TakeWhile(c => c == '>').Count();
            var content = line[quotes..];
            if (content.StartsWith(' '))
                content = content[1..];
            if (flows && quotes == depth && content != "-- ")
                whole.Append(content);
            else
            {
                if (whole.Length > 0 || flows)
                    whole.Append('\n');
                whole.Append('>', quotes).Append(quotes > 0 ? " " : "").Append(content);
            }

            (flows, depth) = (content.EndsWith(' ') && content != "-- ", quotes);
            if (flows && deleteSpace)
                whole.Length--;
        }

        return whole.ToString();
    }
}
