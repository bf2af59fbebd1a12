namespace LeanChat.Tests;

/// <summary>The key of a letter: where an answer finds it, which chat it leads to, and when it dies.</summary>
public sealed class EmailReplyKeySpecs : MailboxStories
{
    /// <summary>A mail server of old, which has to be asked.</summary>
    private protected override bool CanIdle => false;

    private protected override string[] More => ["IdentitySecret=" + Host.Secret, "Mail:Imap:PlusAddress=true"];

    [ImapFact]
    public async Task The_address_alone_leads_to_the_chat_where_the_mailbox_takes_a_part_of_it()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        letter.Header("Reply-To").Should().MatchRegex("^support\\+[a-z2-7]{26}@shop.example$");

        Mailbox.Deliver($"""
            From: Jo <jo@example.org>
            To: {letter.Header("Reply-To")!.ToUpperInvariant()}
            Subject: The mug
            Message-ID: <new-mail@example.org>

            Great!
            """);

        await TakenAsync(Jo, 2, "Great!");
    }

    [ImapFact]
    public async Task Where_a_server_has_replaced_our_Message_ID_the_second_one_leads_to_the_chat()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        var renamed = letter with
        {
            Source = letter.Source.Replace(letter.Header("Message-ID")!, "<renamed@relay.example>", StringComparison.Ordinal)
                .Replace($"Reply-To: {letter.Header("Reply-To")}", "Reply-To: support@shop.example", StringComparison.Ordinal),
        };
        renamed.Header("Message-ID").Should().Be("<renamed@relay.example>");

        Mailbox.Deliver(AnswerTo(renamed, "jo@example.org", "Great!"));

        await TakenAsync(Jo, 2, "Great!");
    }

    [ImapFact]
    public async Task An_answer_follows_the_chat_that_has_joined_another()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        var known = new Visitor(Server);
        await known.IdentifyAsync(new { token = Host.Sign(Host.Claims(Server.Clock, "jo")) });
        await known.PostAsync("Hello from the phone");
        await Jo.IdentifyAsync(new { token = Host.Sign(Host.Claims(Server.Clock, "jo")) });

        Mailbox.Deliver(AnswerTo(letter, "jo@example.org", "Great!"));

        await TakenAsync(known, 3, "Great!");
    }

    [ImapFact]
    public async Task The_key_dies_with_the_person_and_with_the_admin()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        var other = await NewVisitorAsync("ann@example.org");
        await other.PostAsync("Anybody there?");
        await PassAsync(2 * Minute);
        var owners = await Post.ReceiveAsync();
        var zoe = await Server.AdminAsync("zoe@shop.example", "Zoe");
        var mia = (await zoe.GetAsync("/admins")).Json!.AsArray().Single(each => (string)each!["email"]! == owners.To[0])!;
        (await zoe.RequestAsync(HttpMethod.Delete, "/admins/" + (string)mia["id"]!)).Status.Should().Be(204);
        (await zoe.RequestAsync(HttpMethod.Delete, "/users/" + Jo.UserId)).Status.Should().Be(204);

        Mailbox.Deliver(AnswerTo(letter, "jo@example.org", "Great!"));
        Mailbox.Deliver(AnswerTo(owners, owners.To[0], "Yes."));

        await PassAsync(2 * Minute);
        (await Server.QueryAsync("select key_hash from reply_keys")).Should().BeEmpty();
        (await Server.QueryAsync("select content from support_messages where via = 'email'")).Should().BeEmpty();
    }

    /// <summary>Waits for a message; the mailbox is looked at once a minute.</summary>
    private async Task TakenAsync(Visitor visitor, int seq, string content)
    {
        await Eventually.IsTrueAsync(async () =>
        {
            Server.Clock.Advance(Minute);
            return (await visitor.MessagesAsync()).Count == seq;
        });
        ((string)(await MessageAsync(visitor, seq))["content"]!).Should().Be(content);
    }
}
