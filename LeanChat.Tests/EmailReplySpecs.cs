using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>Answers to letters, from a real mailbox into their chat.</summary>
public sealed class EmailReplySpecs : MailboxStories
{
    [ImapFact]
    public async Task An_answer_that_is_nothing_but_the_letter_keeps_none_of_its_keys()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        var (key, unsubscribe) = (letter.Link.Fragment.Split('=')[^1], letter.Header("List-Unsubscribe")!);
        letter.Text.Should().Contain(key).And.Contain(unsubscribe.Trim('<', '>'));

        Mailbox.Deliver(AnswerTo(letter, "jo@example.org", ""));

        var content = (string)(await MessageAsync(Jo, 2))["content"]!;
        content.Should().Contain("We have it in blue.").And.Contain("#key=…").And.Contain("&proof=…")
            .And.NotContain(key).And.NotContain(unsubscribe.Trim('>').Split('=')[^1]);
    }

    [ImapFact]
    public async Task An_answer_to_a_letter_is_a_message_in_its_chat()
    {
        await using var watching = await Mia.WatchAsync();
        var letter = await LetterToJoAsync("We have it in blue.");

        Mailbox.Deliver(AnswerTo(letter, from: "somebody.else@example.net", "Great, I take two!"));

        var message = await MessageAsync(Jo, 2);
        ((string)message["content"]!).Should().Be("Great, I take two!");
        ((string)message["sender_type"]!).Should().Be("user");
        ((string)message["via"]!).Should().Be("email");
        await SeenAsync(1);
        var first = await MessageAsync(Jo, 1);
        ((string?)first["read_at"]).Should().NotBeNull("an answer by e-mail is a look");
        ((string)first["via"]!).Should().Be("chat");
        var row = (await Mia.ListAsync())[0]!;
        ((bool)row["unread"]!).Should().BeTrue();
    }

    [ImapFact]
    public async Task The_owner_answers_by_e_mail_too()
    {
        var letter = await LetterToMiaAsync("Do you have it in blue?");
        letter.Header("Reply-To").Should().Be("support@shop.example");

        Mailbox.Deliver(AnswerTo(letter, letter.To[0].ToUpperInvariant(), "Yes, on Tuesday."));

        var message = await MessageAsync(Jo, 2);
        ((string)message["content"]!).Should().Be("Yes, on Tuesday.");
        ((string)message["sender_type"]!).Should().Be("admin");
        ((string)message["via"]!).Should().Be("email");
        ((string?)(await MessageAsync(Jo, 1))["read_at"]).Should().NotBeNull();
        ((bool)(await Mia.ListAsync())[0]!["unread"]!).Should().BeFalse("who answers has read the question");
    }

    [ImapFact]
    public async Task What_was_written_after_the_letter_stays_unread()
    {
        var letter = await LetterToMiaAsync("Do you have it in blue?");
        await Jo.PostAsync("Or in green?");

        Mailbox.Deliver(AnswerTo(letter, letter.To[0], "Yes, on Tuesday."));

        await MessageAsync(Jo, 3);
        ((string?)(await MessageAsync(Jo, 1))["read_at"]).Should().NotBeNull();
        ((string?)(await MessageAsync(Jo, 2))["read_at"]).Should().BeNull();
        var row = (await Mia.ListAsync())[0]!;
        ((int)row["unread_count"]!).Should().Be(1);
        await PassAsync(2 * Minute);
        (await Post.ReceiveAsync()).Text.Should().Contain("Or in green?", "the answer has ended the episode that was told");
    }

    [ImapFact]
    public async Task A_reply_that_the_letter_did_not_tell_is_told_by_the_next_one_at_once()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        await Mia.ReplyAsync(Jo.ChatId, "And in green.");

        Mailbox.Deliver(AnswerTo(letter, "jo@example.org", "Great!"));

        await MessageAsync(Jo, 3);
        ((string?)(await MessageAsync(Jo, 2))["read_at"]).Should().BeNull();
        await Mia.ReplyAsync(Jo.ChatId, "Shall I keep one?");
        await PassAsync(6 * Minute);
        Mail next;
        do
            next = await Post.ReceiveAsync();
        while (next.To[0] != "jo@example.org");
        next.Text.Should().Contain("And in green.").And.Contain("Shall I keep one?");
    }

    [ImapTheory]
    [InlineData("jo@example.org", "")]
    [InlineData("mia@shop.example>, <jo@example.org", "")]
    public async Task A_forged_answer_of_the_owner_is_refused_and_told(string from, string headers)
    {
        var letter = await LetterToMiaAsync("Do you have it in blue?");

        Mailbox.Deliver(AnswerTo(letter, from, "Send me your password.", headers));

        await ReadAsync();
        (await Jo.MessagesAsync()).Should().HaveCount(1);
        var status = (await Mia.GetAsync("/mail")).Json!;
        ((string)status["untaken"]![0]!["from"]!).Should().Contain("jo@example.org");
        ((string)status["untaken"]![0]!["why"]!).Should().Contain("another address");
        await SeenAsync(1);
    }

    [ImapFact]
    public async Task A_mail_that_is_none_of_ours_is_not_touched()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        Mailbox.Deliver("From: Jo <jo@example.org>\nTo: support@shop.example\nSubject: Hello\nMessage-ID: <1@example.org>\n\nHello\n");
        Mailbox.Deliver(AnswerTo(letter, "jo@example.org", "I am away.", "Auto-Submitted: auto-replied"));
        Mailbox.Deliver(AnswerTo(letter with { Source = Forged(letter) }, "jo@example.org", "Guessed."));

        await ReadAsync();

        (await Jo.MessagesAsync()).Should().HaveCount(1);
        await SeenAsync(1);
    }

    [ImapFact]
    public async Task Each_mail_is_taken_once_whatever_the_mailbox_does()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        var answer = AnswerTo(letter, "jo@example.org", "Great!");
        Mailbox.Deliver(answer);
        await MessageAsync(Jo, 2);

        Mailbox.Deliver(answer);
        await Mailbox.StopAsync();
        Mailbox.Renumber();
        await Mailbox.StartAgainAsync();
        await Server.RestartAsync();
        await ReadAsync();

        (await Jo.MessagesAsync()).Should().HaveCount(2);
    }

    [ImapFact]
    public async Task Six_hours_without_the_mailbox_lose_nothing()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        await Mailbox.StopAsync();
        Mailbox.Deliver(AnswerTo(letter, "jo@example.org", "Great!"));
        await Eventually.IsTrueAsync(async () => (bool?)(await Mia.GetAsync("/mail")).Json!["receiving"]!["ok"] == false);
        ((string?)(await Mia.GetAsync("/mail")).Json!["receiving"]!["error"]).Should().NotBeNullOrEmpty();
        await PassAsync(6 * Hour);
        await Mailbox.StartAgainAsync();

        await Eventually.IsTrueAsync(async () =>
        {
            Server.Clock.Advance(5 * Minute);
            return (await Jo.MessagesAsync()).Count == 2;
        });

        await Eventually.IsTrueAsync(async () => (bool?)(await Mia.GetAsync("/mail")).Json!["receiving"]!["ok"] == true);
    }

    [ImapFact]
    public async Task A_delivery_report_fails_the_letter_and_silences_the_address_that_does_not_exist()
    {
        var letter = await LetterToJoAsync("We have it in blue.");

        Mailbox.Deliver(ReportOn(letter, "5.1.1", "550 5.1.1 no such user here"));

        await Eventually.IsTrueAsync(async () => (await Mia.GetAsync("/mail")).Json!["silent"]!.AsArray().Count == 1);
        var silent = (await Mia.GetAsync("/mail")).Json!["silent"]![0]!;
        ((string)silent["address"]!).Should().Be("jo@example.org");
        ((string)silent["reason"]!).Should().Be("reported");
        var note = (await Mia.OpenChatAsync(Jo.ChatId))["letters"]![0]!;
        ((string)note["state"]!).Should().Be("failed");
        ((string)note["error"]!).Should().Contain("no such user here");
    }

    [ImapFact]
    public async Task A_full_mailbox_silences_nobody()
    {
        var letter = await LetterToJoAsync("We have it in blue.");

        Mailbox.Deliver(ReportOn(letter, "5.2.2", "552 5.2.2 mailbox full"));

        await SeenAsync(1);
        (await Mia.GetAsync("/mail")).Json!["silent"]!.AsArray().Should().BeEmpty();
        ((string)(await Mia.OpenChatAsync(Jo.ChatId))["letters"]![0]!["state"]!).Should().Be("failed");
    }

    [ImapFact]
    public async Task A_long_answer_is_several_messages()
    {
        var letter = await LetterToJoAsync("Tell us all about it.");
        var paragraph = string.Concat(Enumerable.Repeat("A cracked glaze. ", 100)).Trim();
        var text = string.Join("\n\n", Enumerable.Range(1, 8).Select(each => $"{each}. {paragraph}"));

        Mailbox.Deliver(AnswerTo(letter, "jo@example.org", text));

        await MessageAsync(Jo, 4);
        var said = (await Jo.MessagesAsync()).Skip(1).Select(message => (string)message!["content"]!).ToList();
        said.Should().HaveCount(4).And.OnlyContain(content => content.Length <= 5000);
        string.Join("\n\n", said).Should().Be(text);
    }

    [ImapFact]
    public async Task Mail_beyond_the_message_limits_waits_until_they_allow_it()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        for (var each = 1; each <= 25; each++)
            Mailbox.Deliver(AnswerTo(letter, "jo@example.org", $"Number {each}"));

        await MessageAsync(Jo, 21);
        await SeenAsync(20);
        (await Jo.MessagesAsync()).Should().HaveCount(21);
        await Eventually.IsTrueAsync(async () =>
        {
            Server.Clock.Advance(Minute);
            return (await Jo.MessagesAsync()).Count == 26;
        });

        await SeenAsync(25);
    }

    [ImapFact]
    public async Task The_test_comes_back_from_the_mailbox()
    {
        (await Mia.PostAsync("/settings/test_mail", new { reply = true })).Status.Should().Be(204);
        var test = await Post.ReceiveAsync();
        test.To.Should().Equal("support@shop.example");
        ((string?)(await Mia.GetAsync("/mail")).Json!["test"]!["answered_at"]).Should().BeNull();

        Mailbox.Deliver(test.Source);

        await Eventually.IsTrueAsync(async () => (string?)(await Mia.GetAsync("/mail")).Json!["test"]!["answered_at"] is not null);
    }

    [ImapFact]
    public async Task An_answer_after_a_month_is_none_any_more()
    {
        var letter = await LetterToJoAsync("We have it in blue.");
        Server.Clock.Advance(TimeSpan.FromDays(31));
        await Mia.SignInAsync();

        Mailbox.Deliver(AnswerTo(letter, "jo@example.org", "Great!"));

        await ReadAsync();
        (await Server.QueryAsync("select m.seq from support_messages m where m.content = 'Great!'")).Should().BeEmpty();
    }

    /// <summary>The letter with another key, as somebody would guess it.</summary>
    private static string Forged(Mail letter)
    {
        var id = letter.Header("Message-ID")!;
        return letter.Source.Replace(id[1..27], "aaaaaaaaaaaaaaaaaaaaaaaaaa", StringComparison.Ordinal);
    }

    private static string ReportOn(Mail letter, string status, string error) =>
        $"""
        Return-Path: <>
        From: Mail Delivery System <MAILER-DAEMON@mail.example>
        To: support@shop.example
        Subject: Undelivered
        Auto-Submitted: auto-replied
        Message-ID: <report-{Guid.NewGuid():N}@mail.example>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary=part

        --part
        Content-Type: text/plain

        Sorry.
        --part
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.example

        Final-Recipient: rfc822; another.address@example.org
        Action: failed
        Status: {status}
        Diagnostic-Code: smtp; {error}

        --part
        Content-Type: text/rfc822-headers

        Message-ID: {letter.Header("Message-ID")}
        Subject: {letter.Subject}

        --part--
        """;
}
