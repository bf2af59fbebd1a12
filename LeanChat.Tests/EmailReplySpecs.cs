namespace LeanChat.Tests;

/// <summary>Answers to letters, from a real mailbox into their chat.</summary>
public sealed class EmailReplySpecs : MailboxStories
{
    [ImapFact]
    public async Task An_answer_to_a_letter_is_a_message_in_its_chat()
    {
        await using var watching = await Mia.WatchAsync();
        var letter = await LetterToJoAsync("We have it in blue.");

        Mailbox.Deliver(AnswerTo(letter, from: "somebody.else@example.net", "Great, I take two!"));

        var message = await MessageAsync(Jo.ChatId, 2);
        ((string)message["content"]!).Should().Be("Great, I take two!");
        ((string)message["sender_type"]!).Should().Be("user");
        ((string)message["via"]!).Should().Be("email");
        await SeenAsync(1);
        var chat = await Mia.OpenChatAsync(Jo.ChatId);
        ((string?)chat["messages"]![0]!["read_at"]).Should().NotBeNull("an answer by e-mail is a look");
        ((string)chat["messages"]![0]!["via"]!).Should().Be("chat");
    }

    [ImapFact]
    public async Task The_owner_answers_by_e_mail_too()
    {
        await Jo.PostAsync("Do you have it in blue?");
        await PassAsync(2 * Minute);
        var letter = await Post.ReceiveAsync();
        letter.Header("Reply-To").Should().Be("support@shop.example");

        Mailbox.Deliver(AnswerTo(letter, letter.To[0], "Yes, on Tuesday."));

        var message = await MessageAsync(Jo.ChatId, 2);
        ((string)message["content"]!).Should().Be("Yes, on Tuesday.");
        ((string)message["sender_type"]!).Should().Be("admin");
        ((string)message["via"]!).Should().Be("email");
        var row = (await Mia.ListAsync())[0]!;
        ((bool)row["unread"]!).Should().BeFalse("who answers has read the question");
    }
}
