using System.Net;
using System.Text;
using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>A letter's headers, and its content as text and as HTML. In the HTML, everything that a person typed is encoded.</summary>
/// <param name="MessageId">The same for every try of one letter.</param>
/// <param name="Thread">The Message-ID that the letters of one chat refer to, so that mail programs show them as one thread.</param>
/// <param name="Unsubscribe">The one-click link (RFC 8058); null for letters that nobody can unsubscribe from.</param>
internal sealed record Letter(
    string SenderName, EmailAddress Sender, string Recipient, string Subject, string MessageId, string? Thread, Uri? Unsubscribe,
    DateTimeOffset Date, string Text, string Html)
{
    private const int PreviewLength = 200;

    /// <summary>To the user: an admin has replied.</summary>
    public static Letter Reply(LetterContent outgoing, Settings settings, Uri chat, Uri unsubscribe, DateTimeOffset now)
    {
        var appName = settings.AppName;
        var who = outgoing.Who ?? appName;
        var heading = outgoing.Words.Count == 1 ? $"{who} has replied to you:" : $"{who} has sent you {outgoing.Words.Count} replies:";
        var words = Excerpt.Of(string.Join("\n\n", outgoing.Words), PreviewLength);
        if (words.Length < string.Join("\n\n", outgoing.Words).Length)
            words += " …";
        var why = $"You wrote to {appName} and haven't seen our reply yet.";
        return Write(
            outgoing, settings, $"New reply from {appName} Support", now, unsubscribe, [new(heading, words, "Open the chat", chat)], why);
    }

    /// <summary>To an admin: visitors wrote and nobody has looked; one part per chat.</summary>
    public static Letter Missed(IReadOnlyList<LetterContent> parts, Settings settings, LetterLinks links, DateTimeOffset now)
    {
        var appName = settings.AppName;
        var subject = parts.Count == 1
            ? $"{parts[0].Who ?? "A visitor"} wrote to {appName}"
            : $"{parts.Count} visitors wrote to {appName}";
        var (these, them) = parts.Count == 1 ? ("this chat", "it") : ("these chats", "them");
        return Write(
            parts[0], settings, subject, now, null,
            [.. parts.Select(part => new Passage(
                $"New message from {part.Who ?? "a visitor"}:", string.Join("\n\n", part.Words),
                "Answer in the dashboard", links.ToDesk(part.PendingLetter.ChatId)))],
            $"You answer the chats of {appName}. We won't e-mail you again about {these} until you open {them}.");
    }

    /// <summary>To an admin: shows that e-mail works.</summary>
    public static Letter Test(Settings settings, string recipient, Uri dashboard, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now).ToString();
        var outgoing = new LetterContent(new PendingLetter(id, "test", id, null, "", "", 0, 0, ""), recipient, null, [], 0);
        return Write(
            outgoing, settings, $"Test e-mail from {settings.AppName}", now, null,
            [new("It works.", "Your e-mail settings work.", "Open the dashboard", dashboard)],
            "Somebody with access to this server asked for a test e-mail.");
    }

    private static Letter Write(
        LetterContent outgoing, Settings settings, string subject, DateTimeOffset now, Uri? unsubscribe,
        IReadOnlyList<Passage> passages, string why)
    {
        var (sender, due) = (settings.Sender!, outgoing.PendingLetter);
        var host = sender.Address.Host;
        return new Letter(
            OneLine(sender.Name ?? $"{settings.AppName} Support"), sender.Address, outgoing.Recipient, OneLine(subject),
            $"{due.Id}@{host}", due.Kind == "test" ? null : $"{due.Kind}-{due.ChatId}@{host}", unsubscribe, now,
            AsText(passages, why, unsubscribe), AsHtml(settings.AppName, passages, why, unsubscribe));
    }

    /// <summary>A header must be one line: a line break in a name would begin another header.</summary>
    private static string OneLine(string text) => Excerpt.Of(new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]), 150);

    private static string AsText(IReadOnlyList<Passage> passages, string why, Uri? unsubscribe)
    {
        var text = new StringBuilder();
        foreach (var passage in passages)
        {
            text.Append(passage.Heading).Append("\n\n");
            foreach (var line in passage.Words.ReplaceLineEndings("\n").Split('\n'))
                text.Append("  ").Append(line).Append('\n');
            text.Append('\n').Append(passage.Action).Append(":\n").Append(passage.Link).Append("\n\n");
        }

        text.Append("-- \n").Append(why).Append('\n');
        if (unsubscribe is not null)
            text.Append("Unsubscribe: ").Append(unsubscribe).Append('\n');
        return text.ToString();
    }

    private static string AsHtml(Passage passage) =>
        $$"""
        <p class="ink" style="margin:0 0 16px;color:#1C1B19;font-size:17px;font-weight:600;
        overflow-wrap:anywhere">{{Encode(passage.Heading)}}</p>
        <div class="words" dir="auto" style="margin:0 0 24px;padding:14px 18px;background:#F0EEE9;border-radius:14px;color:#1C1B19;
        font-size:15px;overflow-wrap:anywhere">{{Encode(passage.Words).ReplaceLineEndings("<br>\n")}}</div>
        <p style="margin:0 0 28px"><a class="act" href="{{Encode(passage.Link.AbsoluteUri)}}" style="display:inline-block;
        padding:12px 22px;background:#1F5FBF;border-radius:10px;color:#FFFFFF;font-weight:600;
        text-decoration:none">{{Encode(passage.Action)}}</a></p>
        """;

    private static string AsHtml(string appName, IReadOnlyList<Passage> passages, string why, Uri? unsubscribe) =>
        $$"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
        <title>{{Encode(appName)}}</title>
        <style>
        :root{color-scheme:light dark;supported-color-schemes:light dark}
        @media (prefers-color-scheme:dark){
        .page{background:#131211!important}.card{background:#1B1A18!important}.ink{color:#ECEAE5!important}.soft{color:#B0ABA1!important}
        .words{background:#292724!important;color:#ECEAE5!important}.act{background:#8AB4F8!important;color:#0B2447!important}
        .rule{border-color:#33312D!important}
        }
        @media (max-width:480px){
        .card{padding:24px 20px!important}.act{display:block!important;text-align:center!important}
        }
        </style></head>
        <body class="page" style="margin:0;background:#F6F5F2;-webkit-text-size-adjust:100%">
        <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0"
        style="background:#F6F5F2"><tr><td align="center" style="padding:32px 12px">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0"
        style="max-width:560px"><tr><td class="card" style="background:#FFFFFF;border-radius:16px;padding:32px;
        font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
        <p class="soft" style="margin:0 0 20px;color:#5B574F;font-size:13px;font-weight:600">{{Encode(appName)}}</p>
        {{string.Join('\n', passages.Select(AsHtml))}}
        <p class="soft rule" style="margin:0;padding:20px 0 0;border-top:1px solid #E2DFD8;color:#5B574F;
        font-size:12px">{{Encode(why)}}{{UnsubscribeLink(unsubscribe)}}</p>
        </td></tr></table></td></tr></table></body></html>
        """;

    private static string UnsubscribeLink(Uri? unsubscribe) => unsubscribe is null
        ? ""
        : $"<br><a class=\"soft\" href=\"{Encode(unsubscribe.AbsoluteUri)}\" style=\"color:#5B574F\">Unsubscribe</a>";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <summary>The part about one chat: a heading, the messages, and a link.</summary>
    private sealed record Passage(string Heading, string Words, string Action, Uri Link);
}
