using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Admins;

/// <summary>A chat as a page or as text, with times in the shop's time zone.</summary>
internal sealed class Transcript
{
    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1c1917}" +
        "h1{font-size:1.25rem}article{margin:1rem 0;break-inside:avoid}header{font-size:.875rem;color:#57534e}" +
        "b{color:#1c1917}p{margin:.125rem 0;white-space:pre-wrap;overflow-wrap:anywhere}";

    /// <summary>For the page's Content-Security-Policy.</summary>
    public static readonly string StyleHash = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'";

    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly string _title;
    private readonly string _zoneName;
    private readonly List<(string Who, string When, string Content)> _lines;

    public Transcript(Chat chat, IReadOnlyList<SupportMessage> messages, Settings settings)
    {
        _zoneName = settings["Hours:TimeZone"];
        var zone = TimeZoneInfo.FindSystemTimeZoneById(_zoneName);
        var visitor = chat.UserName ?? chat.UserEmail ?? "Visitor";
        _title = $"{settings.AppName}: conversation with {visitor}";
        _lines = [.. messages.Where(message => message.DeletedAt is null).Select(message => (
            message.SenderType == Sender.UserType ? visitor : message.SenderName ?? settings.AppName,
            TimeZoneInfo.ConvertTime(UtcText.Parse(message.CreatedAt), zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
                + (message.EditedAt is null ? "" : ", edited"),
            string.Join('\n', Lines(message))))];
    }

    /// <summary>Its words, and its files by name.</summary>
    private static IEnumerable<string> Lines(SupportMessage message) =>
        message.Attachments.Select(file => file.Name).Prepend(message.Content).Where(line => line.Length > 0);

    public string ToHtml()
    {
        var page = new StringBuilder(
            $"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{Html.Encode(_title)}</title><style>{Style}</style></head><body><h1>{Html.Encode(_title)}</h1>
            <p>Times: {Html.Encode(_zoneName)}</p>

            """);
        foreach (var (who, when, content) in _lines)
        {
            page.Append(CultureInfo.InvariantCulture, $"<article><header><b>{Html.Encode(who)}</b> <time>{when}</time></header>")
                .Append(CultureInfo.InvariantCulture, $"<p dir=\"auto\">{Html.Encode(content)}</p></article>\n");
        }

        return page.Append("</body></html>\n").ToString();
    }

    /// <summary>What was said is indented, so that no message can look like another's.</summary>
    public string ToText()
    {
        var text = new StringBuilder().Append(OneLine(_title)).Append("\nTimes: ").Append(_zoneName).Append('\n');
        foreach (var (who, when, content) in _lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{OneLine(who)}, {when}\n");
            foreach (var line in content.ReplaceLineEndings("\n").Split('\n'))
                text.Append("  ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
