using System.Globalization;
using System.Net;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>
/// A letter as HTML. Everything that a person typed is encoded. Styles stand in the elements, because many mail programs drop the
/// head; what stands there is only for dark screens and phones.
/// </summary>
internal static class LetterHtml
{
    private const int PreviewLength = 150;

    /// <summary>Keeps what follows out of the line that mail programs show beside the subject.</summary>
    private static readonly string Filling = string.Concat(Enumerable.Repeat("&#847;&zwnj;&nbsp;", 80));

    public static string Of(LetterBody body)
    {
        var (words, ink) = (body.Words, Colour.InkOn(body.Colour));
        return
        $$"""
        <!doctype html>
        <html lang="{{words.Language}}" dir="{{words.Direction}}"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
        <title>{{Encode(body.Shop)}}</title>
        <style>
        :root{color-scheme:light dark;supported-color-schemes:light dark}
        @media (prefers-color-scheme:dark){
        .page{background:#131211!important}.card{background:#1B1A18!important}.ink{color:#ECEAE5!important}.soft{color:#B0ABA1!important}
        .words{background:#292724!important;color:#ECEAE5!important}.act{border-color:#7D786E!important}
        .rule{border-color:#33312D!important}
        }
        @media (max-width:480px){
        .card{padding:24px 20px!important}.act{display:block!important;text-align:center!important}
        }
        </style></head>
        <body class="page" style="margin:0;padding:0;background:#F6F5F2;-webkit-text-size-adjust:100%">
        <div style="display:none;max-height:0;overflow:hidden;mso-hide:all" dir="auto">{{Encode(Preview(body))}}{{Filling}}</div>
        <div role="main" lang="{{words.Language}}" dir="{{words.Direction}}">
        <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0"
        style="background:#F6F5F2;table-layout:fixed"><tr><td align="center" style="padding:32px 12px">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0"
        style="max-width:560px;table-layout:fixed"><tr><td class="card" align="{{Start(words)}}" style="background:#FFFFFF;
        border-radius:16px;padding:32px;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;
        overflow-wrap:anywhere;word-break:break-word">
        {{ReplyLine(body)}}
        <p class="ink" style="margin:0 0 24px;color:#1C1B19;font-size:15px;font-weight:600"><span aria-hidden="true"
        style="display:inline-block;width:28px;height:28px;border-radius:8px;background:{{body.Colour}};color:{{ink}};
        line-height:28px;text-align:center">{{Encode(Initial(body.Shop))}}</span>&nbsp; <bdi>{{Encode(body.Shop)}}</bdi></p>
        {{string.Join('\n', body.Passages.Select((passage, at) => Of(passage, body, at == 0 ? "h1" : "h2")))}}
        {{Answer(body)}}
        <p class="soft rule" style="margin:0;padding:20px 0 0;border-top:1px solid #E2DFD8;color:#5B574F;
        font-size:13px">{{Encode(body.Why)}}{{Unsubscribe(body)}}</p>
        </td></tr></table></td></tr></table></div></body></html>
        """;
    }

    private static string Of(Passage passage, LetterBody body, string heading) =>
        $$"""
        {{(passage.Quote is { } quote ? Quote(quote.Label, quote.Content, body) : "")}}
        <{{heading}} class="ink" style="margin:0 0 12px;color:#1C1B19;font-size:17px;line-height:1.4;
        font-weight:600">{{Encode(passage.Heading)}}</{{heading}}>
        {{string.Join('\n', passage.Said.Select(Of))}}
        {{string.Concat(passage.Facts.Select(Fact))}}
        {{string.Join('\n', passage.Links.Select((link, at) => at == 0 ? Button(link, body) : Link(link)))}}
        """;

    private static string Quote(string label, string content, LetterBody body) =>
        $$"""
        <p class="soft" style="margin:0 0 4px;color:#5B574F;font-size:13px">{{Encode(label)}}</p>
        <div class="soft" dir="auto" style="margin:0 0 24px;padding:2px 14px;border-{{Start(body.Words)}}:3px solid {{body.Colour}};
        color:#5B574F;white-space:pre-wrap">{{Lines(content)}}</div>
        """;

    private static string Of(Said said)
    {
        var author = said.By is { } by
            ? $"""<p class="soft" style="margin:0 0 4px;color:#5B574F;font-size:13px;font-weight:600">{Encode(by)}</p>"""
            : "";
        return
        $$"""
        {{author}}<div class="words" dir="auto" style="margin:0 0 12px;padding:14px 18px;background:#F0EEE9;border-radius:14px;
        color:#1C1B19;white-space:pre-wrap">{{Lines(said.Content)}}</div>
        """;
    }

    private static string Fact(string fact) =>
        $"""<p class="soft" style="margin:0 0 4px;color:#5B574F;font-size:13px">{Encode(fact)}</p>""";

    /// <summary>A light colour gets an edge, or the button could not be seen on white.</summary>
    private static string Button(LetterLink link, LetterBody body)
    {
        var ink = Colour.InkOn(body.Colour);
        return
        $$"""
        <p style="margin:20px 0 24px"><a class="act" href="{{Encode(link.Target.AbsoluteUri)}}" style="display:inline-block;
        padding:12px 22px;background:{{body.Colour}};border:1px solid {{(ink == "#FFFFFF" ? body.Colour : "#8A857A")}};border-radius:10px;
        color:{{ink}};font-weight:600;text-decoration:none">{{Encode(link.Text)}}</a></p>
        """;
    }

    private static string Link(LetterLink link) =>
        $"""
        <p style="margin:0 0 24px"><a class="ink" href="{Encode(link.Target.AbsoluteUri)}"
        style="color:#1C1B19">{Encode(link.Text)}</a></p>
        """;

    private static string ReplyLine(LetterBody body) => body.ReplyAbove is not { } line
        ? ""
        : $"""<p class="soft" style="margin:0 0 24px;color:#5B574F;font-size:13px;text-align:center">{Encode(line)}</p>""";

    private static string Answer(LetterBody body) => !body.Answerable
        ? ""
        : $"""<p class="soft" style="margin:0 0 24px;color:#5B574F">{Encode(body.Words.Answer)}</p>""";

    private static string Unsubscribe(LetterBody body) => body.Unsubscribe is not { } link
        ? ""
        : $"""<br><a class="soft" href="{Encode(link.AbsoluteUri)}" style="color:#5B574F">{Encode(body.Words.Unsubscribe)}</a>""";

    /// <summary>Outlook knows no logical sides.</summary>
    private static string Start(LetterWords words) => words.Direction == "rtl" ? "right" : "left";

    private static string Preview(LetterBody body) =>
        Excerpt.Of(string.Join(' ', body.Preview.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), PreviewLength);

    private static string Initial(string shop) => StringInfo.GetNextTextElement(shop).ToUpperInvariant();

    /// <summary>Line breaks are elements, because some mail programs do not know `pre-wrap`.</summary>
    private static string Lines(string text) => Encode(text).ReplaceLineEndings("<br>");

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
