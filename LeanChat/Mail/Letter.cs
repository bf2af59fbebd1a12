using System.Net;
using System.Text;
using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>What a letter says: its headers, as text and as HTML. Everything that a person typed is encoded on its way into the HTML.</summary>
/// <param name="MessageId">The same for every try of one letter.</param>
/// <param name="Thread">The Message-ID that letters of one chat refer to, so that they are shown as one thread.</param>
/// <param name="Unsubscribe">For one-click unsubscribing (RFC 8058); null for a letter that asks for no such thing.</param>
internal sealed record Letter(
    string SenderName, EmailAddress Sender, string Recipient, string Subject, string MessageId, string? Thread, Uri? Unsubscribe, DateTimeOffset Date, string Text, string Html)
{
    private const int PreviewLength = 200;

    /// <summary>To the user: somebody has answered.</summary>
    public static Letter Reply(LetterContent outgoing, Settings settings, Uri chat, Uri unsubscribe, DateTimeOffset now)
    {
        var appName = settings.AppName;
        var who = outgoing.Who ?? appName;
        var lead = outgoing.Words.Count == 1 ? $"{who} has replied to you:" : $"{who} has sent you {outgoing.Words.Count} replies:";
        var words = Excerpt.Of(string.Join("\n\n", outgoing.Words), PreviewLength);
        if (words.Length < string.Join("\n\n", outgoing.Words).Length)
            words += " …";
        var why = $"You get this because you wrote to {appName} and have not seen the reply yet.";
        return Write(outgoing, settings, $"New reply from {appName} Support", now, unsubscribe, [new(lead, words, "Open the chat", chat)], why);
    }

    /// <summary>To an admin: people have written, and nobody was there; one part a chat.</summary>
    public static Letter Missed(IReadOnlyList<LetterContent> parts, Settings settings, LetterLinks links, DateTimeOffset now)
    {
        var appName = settings.AppName;
        var subject = parts.Count == 1 ? $"{parts[0].Who ?? "A visitor"} wrote to {appName}" : $"{parts.Count} visitors wrote to {appName}";
        return Write(
            parts[0], settings, subject, now, null,
            [.. parts.Select(part => new Passage($"{part.Who ?? "A visitor"} wrote, and nobody was there:", string.Join("\n\n", part.Words), "Answer in the dashboard", links.ToDesk(part.PendingLetter.ChatId)))],
            $"You get this because you answer the chats of {appName}. There will be no further letter about {(parts.Count == 1 ? "this chat" : "these chats")} until you have looked.");
    }

    /// <summary>To an admin: mail works.</summary>
    public static Letter Test(Settings settings, string recipient, Uri dashboard, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now).ToString();
        var outgoing = new LetterContent(new PendingLetter(id, "test", id, null, "", "", 0, 0, ""), recipient, null, [], 0);
        return Write(
            outgoing, settings, $"Test letter from {settings.AppName}", now, null,
            [new("Mail works.", "If you can read this, letters from your server arrive.", "Open the dashboard", dashboard)],
            "You get this because somebody asked for a test letter in the dashboard.");
    }

    private static Letter Write(LetterContent outgoing, Settings settings, string subject, DateTimeOffset now, Uri? unsubscribe, IReadOnlyList<Passage> passages, string why)
    {
        var (sender, due) = (settings.Sender!, outgoing.PendingLetter);
        var host = sender.Address.Host;
        return new Letter(
            OneLine(sender.Name ?? $"{settings.AppName} Support"), sender.Address, outgoing.Recipient, OneLine(subject), $"{due.Id}@{host}", due.Kind == "test" ? null : $"{due.Kind}-{due.ChatId}@{host}", unsubscribe, now,
            AsText(passages, why, unsubscribe), AsHtml(settings.AppName, passages, why, unsubscribe));
    }

    /// <summary>A subject is one line, whatever is in a name: a line break would begin a header of its own.</summary>
    private static string OneLine(string text) => Excerpt.Of(new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]), 150);

    private static string AsText(IReadOnlyList<Passage> passages, string why, Uri? unsubscribe)
    {
        var text = new StringBuilder();
        foreach (var passage in passages)
        {
            text.Append(passage.Lead).Append("\n\n");
            foreach (var line in passage.Words.ReplaceLineEndings("\n").Split('\n'))
                text.Append("  ").Append(line).Append('\n');
            text.Append('\n').Append(passage.Action).Append(":\n").Append(passage.Link).Append("\n\n");
        }

        text.Append("-- \n").Append(why).Append('\n');
        if (unsubscribe is not null)
            text.Append("No more letters like this one: ").Append(unsubscribe).Append('\n');
        return text.ToString();
    }

    private static string AsHtml(Passage passage) =>
        $$"""
        <p class="ink" style="margin:0 0 16px;color:#1C1B19;font-size:17px;font-weight:600;overflow-wrap:anywhere">{{Encode(passage.Lead)}}</p>
        <div class="words" dir="auto" style="margin:0 0 24px;padding:14px 18px;background:#F0EEE9;border-radius:14px;color:#1C1B19;font-size:15px;overflow-wrap:anywhere">{{Encode(passage.Words).ReplaceLineEndings("<br>\n")}}</div>
        <p style="margin:0 0 28px"><a class="act" href="{{Encode(passage.Link.AbsoluteUri)}}" style="display:inline-block;padding:12px 22px;background:#1F5FBF;border-radius:10px;color:#FFFFFF;font-weight:600;text-decoration:none">{{Encode(passage.Action)}}</a></p>
        """;

    private static string AsHtml(string appName, IReadOnlyList<Passage> passages, string why, Uri? unsubscribe) =>
        $$"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>{{Encode(appName)}}</title>
        <style>
        :root{color-scheme:light dark;supported-color-schemes:light dark}
        @media (prefers-color-scheme:dark){
        .page{background:#131211!important}.card{background:#1B1A18!important}.ink{color:#ECEAE5!important}.soft{color:#B0ABA1!important}
        .words{background:#292724!important;color:#ECEAE5!important}.act{background:#8AB4F8!important;color:#0B2447!important}.rule{border-color:#33312D!important}
        }
        @media (max-width:480px){
        .card{padding:24px 20px!important}.act{display:block!important;text-align:center!important}
        }
        </style></head>
        <body class="page" style="margin:0;background:#F6F5F2;-webkit-text-size-adjust:100%">
        <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#F6F5F2"><tr><td align="center" style="padding:32px 12px">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px"><tr><td class="card" style="background:#FFFFFF;border-radius:16px;padding:32px;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
        <p class="soft" style="margin:0 0 20px;color:#5B574F;font-size:13px;font-weight:600">{{Encode(appName)}}</p>
        {{string.Join('\n', passages.Select(AsHtml))}}
        <p class="soft rule" style="margin:0;padding:20px 0 0;border-top:1px solid #E2DFD8;color:#5B574F;font-size:12px">{{Encode(why)}}{{Farewell(unsubscribe)}}</p>
        </td></tr></table></td></tr></table></body></html>
        """;

    private static string Farewell(Uri? unsubscribe) => unsubscribe is null
        ? ""
        : $"<br><a class=\"soft\" href=\"{Encode(unsubscribe.AbsoluteUri)}\" style=\"color:#5B574F\">No more letters like this one</a>";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <summary>What one chat has to tell: a line, what was said, and where to go.</summary>
    private sealed record Passage(string Lead, string Words, string Action, Uri Link);
}
