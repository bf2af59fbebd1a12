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

    [Fact]
    public async Task What_was_mailed_already_is_not_mailed_again_when_what_was_new_is_deleted()
    {
        await Mia.ReplyAsync(Jo.ChatId, "One");
        await PassAsync(5 * Minute);
        (await Post.ReceiveAsync()).Text.Should().Contain("One");
        var slip = await Mia.ReplyAsync(Jo.ChatId, "A slip");
        await using var dashboard = await Mia.WatchAsync();

        await Mia.RequestAsync(HttpMethod.Delete, $"/chats/{Jo.ChatId}/messages/{slip.Json!["id"]}");

        var told = await dashboard.HearAsync("letter");
        ((string)told["letter"]!["state"]!, (long)told["letter"]!["first_seq"]!).Should().Be(("dropped", 2));
        (await Mia.OpenChatAsync(Jo.ChatId))["letters"]!.AsArray().Select(letter => (string)letter!["state"]!).Should().Equal("sent");
        await PassAsync(2 * Hour);
        Post.Count.Should().Be(1);

        await Mia.ReplyAsync(Jo.ChatId, "Two");
        await PassAsync(5 * Minute);
        (await Post.ReceiveAsync()).Text.Should().Contain("One").And.Contain("Two").And.NotContain("slip");
    }

    [Fact]
    public async Task A_letter_that_the_mail_server_refuses_is_dropped_with_the_reply_in_it()
    {
        Post.Mood = step => step == "MAIL" ? "451 not now" : null;
        var slip = await Mia.ReplyAsync(Jo.ChatId, "A slip");
        await PassAsync(5 * Minute);

        await Mia.RequestAsync(HttpMethod.Delete, $"/chats/{Jo.ChatId}/messages/{slip.Json!["id"]}");

        ((bool)(await Mia.GetAsync("/mail")).Json!["sending"]!["ok"]!).Should().BeTrue("nothing waits");
        Post.Mood = _ => null;
        await PassAsync(2 * Hour);
        Post.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_letter_that_waits_although_nothing_new_is_left_is_dropped_when_it_is_due()
    {
        await Mia.ReplyAsync(Jo.ChatId, "One");
        await PassAsync(5 * Minute);
        await Post.ReceiveAsync();
        await Mia.ReplyAsync(Jo.ChatId, "A slip");
        // As a version before this one left it.
        await Server.Database.WriteAsync(tx =>
        {
            using var command = tx.Connection.CreateCommand();
            command.CommandText = "update support_messages set content = '', deleted_at = created_at where seq = 2";
            return command.ExecuteNonQuery();
        });

        await PassAsync(2 * Hour);

        Post.Count.Should().Be(1);
        (await Server.QueryAsync("select state from letters where first_seq = 2")).Should().Equal("dropped");
    }
}
