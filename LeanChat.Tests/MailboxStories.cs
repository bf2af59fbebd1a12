using System.Text.Json.Nodes;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>What every story of the mailbox needs: a letter, and answers to it in the mailbox.</summary>
public abstract class MailboxStories : MailStories
{
    private int _answers;

    /// <summary>Whether the mail server tells of new mail by itself.</summary>
    private protected virtual bool CanIdle => true;

    /// <summary>Further settings.</summary>
    private protected virtual string[] More => [];

    private protected ImapServer Mailbox { get; private set; } = null!;

    private protected override async Task<string[]> SettingsAsync()
    {
        if (!ImapServer.IsPossible)
            return Post.Settings;
        Mailbox = await ImapServer.StartAsync(CanIdle);
        return [.. Post.Settings, .. Mailbox.Settings, .. More];
    }

    private protected override async Task EndAsync()
    {
        if (Mailbox is not null)
            await Mailbox.DisposeAsync();
    }

    /// <summary>Mia replies, Jo does not see it, and the letter arrives.</summary>
    private protected async Task<Mail> LetterToJoAsync(string reply)
    {
        await Mia.ReplyAsync(Jo.ChatId, reply);
        await PassAsync(5 * Minute);
        return await Post.ReceiveAsync();
    }

    /// <summary>Jo asks, nobody looks, and the letter to Mia arrives.</summary>
    private protected async Task<Mail> LetterToMiaAsync(string question)
    {
        await Jo.PostAsync(question);
        await PassAsync(2 * Minute);
        return await Post.ReceiveAsync();
    }

    /// <summary>An answer as a mail program writes it, with the letter quoted below.</summary>
    private protected string AnswerTo(Mail letter, string from, string text, string headers = "") =>
        $"""
        From: Someone <{from}>
        To: {letter.Header("Reply-To") ?? "support@shop.example"}
        Subject: Re: {letter.Subject}
        Message-ID: <answer-{Interlocked.Increment(ref _answers)}-{Guid.NewGuid():N}@mail.example>
        In-Reply-To: {letter.Header("Message-ID")}
        References: {letter.Header("References")} {letter.Header("Message-ID")}
        {(headers.Length > 0 ? headers + "\n" : "")}MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        {text}

        On Sunday, 22 November 2026 at 09:05, Shop Support <support@shop.example> wrote:

        {string.Join('\n', letter.Text.ReplaceLineEndings("\n").Split('\n').Select(line => "> " + line))}
        """;

    /// <summary>Waits for a message of a chat, and looks at it without opening the chat.</summary>
    private protected static async Task<JsonNode> MessageAsync(Visitor visitor, int seq)
    {
        JsonNode? found = null;
        await Eventually.IsTrueAsync(async () =>
            (found = (await visitor.MessagesAsync()).FirstOrDefault(message => (int)message!["seq"]! == seq)) is not null);
        return found!;
    }

    /// <summary>Waits until so many mails in the mailbox are marked as seen.</summary>
    private protected Task SeenAsync(int count) => Eventually.IsTrueAsync(() => Task.FromResult(Mailbox.CountSeen() == count));

    /// <summary>
    /// Waits until the mailbox was read to its end: a mail that is certainly taken is put behind the others.
    /// </summary>
    private protected async Task ReadAsync()
    {
        var other = await NewVisitorAsync($"last{Interlocked.Increment(ref _answers)}@example.org");
        await Mia.ReplyAsync(other.ChatId, "Are you there?");
        await PassAsync(5 * Minute);
        Mail letter;
        do
            letter = await Post.ReceiveAsync();
        while (!letter.To[0].StartsWith("last", StringComparison.Ordinal));
        Mailbox.Deliver(AnswerTo(letter, "last@example.org", "Yes."));
        await MessageAsync(other, 2);
    }
}
