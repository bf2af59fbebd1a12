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

    /// <summary>A message of which less than this would fit is left out.</summary>
    private const int ShortestPreview = 20;

    /// <summary>To the user, in the user's language: an admin has replied.</summary>
    /// <param name="answerable">Whether an answer by e-mail arrives: then the replies stand in full.</param>
    public static Letter Reply(
        LetterContent outgoing, Settings settings, Uri chat, Uri unsubscribe, DateTimeOffset now, bool answerable)
    {
        var shop = settings.AppName;
        var words = LetterWords.In(outgoing.Language, settings["Widget:Locale"], outgoing.Locale);
        var authors = outgoing.Messages.Select(message => message.SenderName ?? shop).ToList();
        var several = authors.Distinct().Count() > 1;
        var said = outgoing.Messages.Select((message, at) => new Said(
            several && (at == 0 || authors[at - 1] != authors[at]) ? authors[at] : null, message.Text));
        var passage = new Passage(
            Fill(words.Replied, shop, several ? shop : outgoing.Who ?? shop),
            answerable ? [.. said] : Shortened(said), [new(words.Open, chat)])
        {
            Quote = outgoing.Question is { } question ? (words.YouWrote, Short(question, PreviewLength)) : null,
        };
        var body = new LetterBody(
            words, shop, settings["Widget:Color"], answerable, [passage], Fill(words.Why, shop), unsubscribe);
        var sender = outgoing.Who is { } name ? Fill(words.Sender, shop, name) : settings.Sender!.Name ?? Fill(words.Support, shop);
        return Write(outgoing.PendingLetter, settings, sender, outgoing.Recipient, Fill(words.Subject, shop), now, body);
    }

    /// <summary>To an admin: visitors wrote and nobody has looked; one part per chat.</summary>
    /// <param name="answerable">Whether an answer by e-mail arrives. It does not if there are several chats to choose from.</param>
    public static Letter Missed(
        IReadOnlyList<LetterContent> parts, Settings settings, LetterLinks links, DateTimeOffset now, bool answerable)
    {
        var shop = settings.AppName;
        var subject = parts.Count == 1 ? $"{parts[0].Who ?? "A visitor"} wrote to {shop}" : $"{parts.Count} visitors wrote to {shop}";
        var (these, them) = parts.Count == 1 ? ("this chat", "it") : ("these chats", "them");
        var why = $"You answer the chats of {shop}. We won't e-mail you again about {these} until you open {them}.";
        var passages = parts.Select(part => new Passage(
            $"New message from {part.Who ?? "a visitor"}:", [.. part.Messages.Select(message => new Said(null, message.Text))],
            [new("Answer in the dashboard", links.ToDesk(part.PendingLetter.ChatId)), .. part.Visitor!.MailTo()])
        {
            Facts = part.Visitor.Facts(now),
        });
        return ToAdmin(
            parts[0].PendingLetter, settings, parts[0].Recipient, subject, now, [.. passages], why, answerable && parts.Count == 1);
    }

    /// <summary>To an admin: shows that e-mail works.</summary>
    public static Letter Test(Settings settings, string recipient, Uri dashboard, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now).ToString();
        return ToAdmin(
            new PendingLetter(id, PendingLetter.Test, id, null, "", "", 0, 0, ""), settings, recipient,
            $"Test e-mail from {settings.AppName}", now,
            [new("It works.", [new(null, "Your e-mail settings work.")], [new("Open the dashboard", dashboard)])],
            "Somebody with access to this server asked for a test e-mail.");
    }

    /// <summary>A letter to an admin: in English, as the dashboard is.</summary>
    public static Letter ToAdmin(
        PendingLetter due, Settings settings, string recipient, string subject, DateTimeOffset now, IReadOnlyList<Passage> passages,
        string why, bool answerable = false)
    {
        var body = new LetterBody(LetterWords.English, settings.AppName, settings["Widget:Color"], answerable, passages, why, null);
        var sender = settings.Sender!.Name ?? Fill(LetterWords.English.Support, settings.AppName);
        return Write(due, settings, sender, recipient, subject, now, body);
    }

    private static Letter Write(
        PendingLetter due, Settings settings, string senderName, string recipient, string subject, DateTimeOffset now, LetterBody body)
    {
        var sender = settings.Sender!.Address;
        return new Letter(
            OneLine(senderName), sender, recipient, OneLine(subject),
            $"{due.Id}@{sender.Host}", due.IsAboutChat ? $"{due.Kind}-{due.ChatId}@{sender.Host}" : null, body.Unsubscribe, now,
            LetterText.Of(body), LetterHtml.Of(body));
    }

    /// <summary>The second id with the letter's key, for References; null for a letter without a key.</summary>
    public string? SecondId { get; private init; }

    /// <summary>Where an answer goes; null while no mailbox is set.</summary>
    public string? ReplyTo { get; private init; }

    /// <summary>The letter with the key by which an answer to it finds its chat.</summary>
    public Letter WithKey(string key, Settings settings) => this with
    {
        MessageId = ReplyKey.MessageId(key, Sender.Host),
        SecondId = ReplyKey.SecondId(key, Sender.Host),
        ReplyTo = Imap.AddressOf(settings)?.Wire is not { } address ? null
            : settings.Flag("Mail:Imap:PlusAddress") ? ReplyKey.Address(key, address) : address,
    };

    /// <summary>A header must be one line: a line break in a name would begin another header.</summary>
    private static string OneLine(string text) => Excerpt.Of(new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]), 150);

    /// <summary>The names may hold braces: each is filled in once.</summary>
    private static string Fill(string pattern, string shop, string name = "") => string.Concat(
        pattern.Split('{', '}').Select((part, at) => at % 2 == 0 ? part : part == "shop" ? shop : name));

    private static string Short(string text, int length) =>
        Excerpt.Of(text, length) is var shown && shown.Length < text.Length ? shown + " …" : text;

    /// <summary>The beginning of what was said, <see cref="PreviewLength"/> in all.</summary>
    private static List<Said> Shortened(IEnumerable<Said> all)
    {
        var (shown, left) = (new List<Said>(), PreviewLength);
        foreach (var said in all)
        {
            if (left < ShortestPreview && shown is [.., var last])
            {
                if (!last.Content.EndsWith('…'))
                    shown[^1] = last with { Content = last.Content + " …" };
                break;
            }

            shown.Add(said with { Content = Short(said.Content, left) });
            left -= Excerpt.CodePoints(said.Content);
        }

        return shown;
    }
}
