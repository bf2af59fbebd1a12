namespace LeanChat.Tests;

/// <summary>A letter tells the words of the moment it is sent, and nothing that was taken back.</summary>
public sealed class EditLetterSpecs : MailStories
{
    [Fact]
    public async Task An_open_letter_carries_the_words_of_the_moment()
    {
        await Jo.PostAsync("When do you open?");
        await Mia.OpenChatAsync(Jo.ChatId);
        var sent = await Mia.ReplyAsync(Jo.ChatId, "At 8");
        var slip = await Mia.ReplyAsync(Jo.ChatId, "A slip");
        await Mia.RequestAsync(HttpMethod.Patch, $"/chats/{Jo.ChatId}/messages/{sent.Json!["id"]}", new { content = "At 9" });
        await Mia.RequestAsync(HttpMethod.Delete, $"/chats/{Jo.ChatId}/messages/{slip.Json!["id"]}");

        await PassAsync(5 * Minute);

        (await Post.ReceiveAsync()).Text.Should().Contain("At 9").And.NotContain("At 8").And.NotContain("slip");
    }

    [Fact]
    public async Task A_letter_with_nothing_left_in_it_is_dropped()
    {
        await Jo.PostAsync("When do you open?");
        await Mia.OpenChatAsync(Jo.ChatId);
        var sent = await Mia.ReplyAsync(Jo.ChatId, "At 8");
        await Mia.RequestAsync(HttpMethod.Delete, $"/chats/{Jo.ChatId}/messages/{sent.Json!["id"]}");

        await PassAsync(5 * Minute);

        Post.Count.Should().Be(0);
        (await Server.QueryAsync("select state from letters where kind = 'reply'")).Should().Equal("dropped");
        await Mia.ReplyAsync(Jo.ChatId, "At 9");
        await PassAsync(5 * Minute);
        (await Post.ReceiveAsync()).Text.Should().Contain("At 9");
    }
}
