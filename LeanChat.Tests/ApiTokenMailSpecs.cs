namespace LeanChat.Tests;

/// <summary>What a program says makes e-mails like what an admin says, and answers none.</summary>
public sealed class ApiTokenMailSpecs : MailStories
{
    [Fact]
    public async Task What_a_program_says_reaches_the_visitor_by_mail()
    {
        var bot = await Bot.MakeAsync(Server, Mia);
        await bot.SayAsync(Jo.ChatId, "Your parcel is on its way");
        await PassAsync(5 * Minute);

        var letter = await Post.ReceiveAsync();
        letter.To.Should().Equal("jo@example.org");
        letter.Text.Should().Contain("Your parcel is on its way");
    }

    [Fact]
    public async Task It_does_not_keep_the_owners_letter_back()
    {
        var bot = await Bot.MakeAsync(Server, Mia);
        await Jo.PostAsync("Anybody there?");
        await bot.SayAsync(Jo.ChatId, "One moment, I call somebody");
        await bot.GetAsync("/chats/" + Jo.ChatId);
        await PassAsync(Minute);

        (await Post.ReceiveAsync()).To.Should().Equal("mia@example.com");
    }
}
