using System.Text;
using System.Text.RegularExpressions;
using MimeKit.Text;

namespace LeanChat.Mail;

/// <summary>An e-mail's HTML as text: what a quote holds begins with `>`, one for each level.</summary>
internal sealed partial class MailHtml
{
    /// <summary>Deeper nesting is a mail that wants to hurt: it is read as if it were no deeper.</summary>
    private const int DeepestQuote = 20;

    private const string Bullet = "- ";

    /// <summary>What begins and ends a line.</summary>
    private static readonly HashSet<HtmlTagId> Blocks =
    [
        HtmlTagId.Address, HtmlTagId.Article, HtmlTagId.Aside, HtmlTagId.BlockQuote, HtmlTagId.Body, HtmlTagId.Caption, HtmlTagId.Center,
        HtmlTagId.DD, HtmlTagId.Details, HtmlTagId.Dialog, HtmlTagId.Dir, HtmlTagId.Div, HtmlTagId.DL, HtmlTagId.DT, HtmlTagId.FieldSet,
        HtmlTagId.FigCaption, HtmlTagId.Figure, HtmlTagId.Footer, HtmlTagId.Form, HtmlTagId.H1, HtmlTagId.H2, HtmlTagId.H3, HtmlTagId.H4,
        HtmlTagId.H5, HtmlTagId.H6, HtmlTagId.Header, HtmlTagId.HR, HtmlTagId.Legend, HtmlTagId.LI, HtmlTagId.Listing, HtmlTagId.Main,
        HtmlTagId.Menu, HtmlTagId.Nav, HtmlTagId.OL, HtmlTagId.OptGroup, HtmlTagId.Option, HtmlTagId.P, HtmlTagId.Pre, HtmlTagId.Section,
        HtmlTagId.Select, HtmlTagId.Summary, HtmlTagId.Table, HtmlTagId.TBody, HtmlTagId.TextArea, HtmlTagId.Tfoot, HtmlTagId.THead,
        HtmlTagId.TR, HtmlTagId.UL,
    ];

    private readonly StringBuilder _text = new();
    private readonly StringBuilder _line = new();
    private readonly List<Element> _open = [];
    private readonly List<string> _pictures = [];
    private int _quotes;
    private int _hidden;
    private int _preformatted;
    private bool _signature;
    private bool _preformattedBegins;
    private string? _link;
    private int _linkFrom;

    private MailHtml()
    {
    }

    /// <summary>The text, and the ids (`cid:`) of the pictures that stand outside quotes and signature.</summary>
    public static (string Text, IReadOnlyList<string> Pictures) Read(string html)
    {
        var reading = new MailHtml();
        using var reader = new StringReader(html);
        var tokenizer = new HtmlTokenizer(reader);
        while (tokenizer.ReadNextToken(out var token))
            reading.Read(token);
        reading.EndLine();
        return (BlankLines().Replace(reading._text.ToString(), "\n\n").Trim('\n'), reading._pictures);
    }

    private void Read(HtmlToken token)
    {
        if (token is HtmlDataToken { Kind: HtmlTokenKind.Data } data)
            AddText(data.Data);
        else if (token is HtmlTagToken { IsEndTag: true } end)
            Close(end);
        else if (token is HtmlTagToken start)
            Open(start);
    }

    private void AddText(string text)
    {
        if (_hidden > 0)
            return;
        if (_preformatted > 0)
        {
            // A line break right behind the tag is not shown.
            var shown = text.ReplaceLineEndings("\n");
            var lines = (_preformattedBegins && shown.StartsWith('\n') ? shown[1..] : shown).Split('\n');
            _preformattedBegins = false;
            _line.Append(lines[0]);
            foreach (var line in lines.Skip(1))
            {
                EndLine(always: true);
                _line.Append(line);
            }

            return;
        }

        var words = Spaces().Replace(text, " ");
        _line.Append(_line.Length == 0 || _line[^1] == ' ' ? words.TrimStart(' ') : words);
    }

    private void Open(HtmlTagToken tag)
    {
        if (tag.Id == HtmlTagId.Br)
            EndLine(always: true);
        else if (tag.Id == HtmlTagId.Image && _hidden == 0)
            AddPicture(tag);
        else if (Blocks.Contains(tag.Id) && !IsBullet)
            EndLine();
        else if (tag.Id is HtmlTagId.TD or HtmlTagId.TH && _hidden == 0 && _line.Length > 0 && _line[^1] != ' ')
            _line.Append(' ');
        if (tag.Id == HtmlTagId.LI && _hidden == 0 && !IsBullet)
            _line.Append(Bullet);
        if (tag.Id is HtmlTagId.P && _hidden == 0 && _text.Length > 0 && _line.Length == 0 && !IsOutlookLine(tag))
            _text.Append(Prefix).Append('\n');
        _preformattedBegins = tag.Id == HtmlTagId.Pre;
        if (tag.IsEmptyElement || IsVoid(tag.Id))
            return;
        var element = new Element(tag.Name, IsQuote(tag), IsHidden(tag), tag.Id == HtmlTagId.Pre, tag.Id == HtmlTagId.A);
        _open.Add(element);
        Count(element, 1);
        if (element.IsLink && _hidden == 0)
            (_link, _linkFrom) = (Attribute(tag, "href"), _line.Length);
    }

    private void Close(HtmlTagToken tag)
    {
        var at = _open.FindLastIndex(element => element.Name.Equals(tag.Name, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
        {
            // Browsers read `</br>` as `<br>`.
            if (tag.Id == HtmlTagId.Br)
                EndLine(always: true);
            return;
        }

        if (_open[at].IsLink)
            EndLink();
        if (_open.Skip(at).Any(element => element.IsQuote) || (Blocks.Contains(tag.Id) && (!IsBullet || tag.Id == HtmlTagId.LI)))
            EndLine();
        foreach (var element in _open.Skip(at))
            Count(element, -1);
        _open.RemoveRange(at, _open.Count - at);
    }

    private void Count(Element element, int by)
    {
        _quotes += element.IsQuote ? by : 0;
        _hidden += element.IsHidden ? by : 0;
        _preformatted += element.IsPreformatted ? by : 0;
    }

    /// <summary>A link whose words do not show where it leads keeps its address behind them.</summary>
    private void EndLink()
    {
        if (_link is { } link && _quotes == 0 && WebAddress().IsMatch(link) && _linkFrom <= _line.Length)
        {
            var words = _line.ToString(_linkFrom, _line.Length - _linkFrom).Trim();
            var bare = link[(link.IndexOf("//", StringComparison.Ordinal) + 2)..].TrimEnd('/');
            if (words.Length > 0 && !words.Contains(bare, StringComparison.OrdinalIgnoreCase))
                _line.Append(" (").Append(link).Append(')');
        }

        _link = null;
    }

    private void AddPicture(HtmlTagToken tag)
    {
        if (_quotes == 0 && !_signature && Attribute(tag, "src") is { } source
            && source.StartsWith("cid:", StringComparison.OrdinalIgnoreCase))
            _pictures.Add(Uri.UnescapeDataString(source[4..]));
    }

    /// <summary>Whether nothing of a list's item was read yet: what begins in it stands beside its bullet.</summary>
    private bool IsBullet => _line.Length == Bullet.Length && _line.Equals(Bullet);

    private string Prefix => string.Concat(Enumerable.Repeat("> ", Math.Min(_quotes, DeepestQuote)));

    private void EndLine(bool always = false)
    {
        if (_hidden > 0 || (_line.Length == 0 && !always))
            return;
        var line = _line.ToString().TrimEnd();
        _signature |= _quotes == 0 && line == "--";
        _text.Append(Prefix).Append(line).Append('\n');
        _line.Clear();
        _linkFrom = 0;
    }

    /// <summary>Also the containers of Yahoo, GMX and Proton, which quote without a `blockquote`.</summary>
    private static bool IsQuote(HtmlTagToken tag) => tag.Id == HtmlTagId.BlockQuote
        || (tag.Id == HtmlTagId.Div
            && (Attribute(tag, "name") == "quote" || QuoteClass().IsMatch(Attribute(tag, "class") + " " + Attribute(tag, "id"))));

    private static bool IsHidden(HtmlTagToken tag) =>
        tag.Id is HtmlTagId.Head or HtmlTagId.Style or HtmlTagId.Script or HtmlTagId.Title or HtmlTagId.NoScript or HtmlTagId.Object
        || Hiding().IsMatch(Attribute(tag, "style") ?? "");

    private static string? Attribute(HtmlTagToken tag, string name) =>
        tag.Attributes.FirstOrDefault(attribute => attribute.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    private static bool IsVoid(HtmlTagId tag) => tag is HtmlTagId.Br or HtmlTagId.Image or HtmlTagId.HR or HtmlTagId.Input
        or HtmlTagId.Meta or HtmlTagId.Link or HtmlTagId.Base or HtmlTagId.Area or HtmlTagId.Col or HtmlTagId.Wbr;

    /// <summary>Outlook makes each line a paragraph without space around it.</summary>
    private static bool IsOutlookLine(HtmlTagToken tag) =>
        Attribute(tag, "class")?.Contains("MsoNormal", StringComparison.OrdinalIgnoreCase) == true;

    private sealed record Element(string Name, bool IsQuote, bool IsHidden, bool IsPreformatted, bool IsLink);

    [GeneratedRegex(@"[\s\u00A0]+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\n(\s*\n){2,}")]
    private static partial Regex BlankLines();

    [GeneratedRegex(@"yahoo_quoted|protonmail_quote|gmx_quote|zmail_extra", RegexOptions.IgnoreCase)]
    private static partial Regex QuoteClass();

    [GeneratedRegex(@"display\s*:\s*none|mso-hide\s*:\s*all", RegexOptions.IgnoreCase)]
    private static partial Regex Hiding();

    [GeneratedRegex(@"^https?://\S+$", RegexOptions.IgnoreCase)]
    private static partial Regex WebAddress();
}
