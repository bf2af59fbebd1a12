namespace LeanChat.Tests;

/// <summary>Somebody corrects their address: what no letter has told them yet is sent to the new one.</summary>
public sealed class CorrectedAddressSpecs : MailStories
{
    private protected override Task<string[]> SettingsAsync() =>
        Task.FromResult<string[]>([.. Post.Settings, "IdentitySecret=" + Host.Secret]);

    [Fact]
    public async Task A_reply_that_did_not_arrive_goes_to_the_address_that_the_visitor_corrects()
    {
        await RefusedAsync();
        await using var dashboard = await Mia.WatchAsync();

        await Jo.IdentifyAsync(new { email = "jo.new@example.org" });

        var told = (await dashboard.HearAsync("letter"))["letter"]!;
        ((string)told["state"]!, (long)told["first_seq"]!, (string)told["recipient"]!).Should().Be(("waiting", 1, "jo.new@example.org"));
        await PassAsync(5 * Minute - Second);
        Post.Count.Should().Be(0);
        await PassAsync(Second);
        var letter = await Post.ReceiveAsync();
        letter.To.Should().Equal("jo.new@example.org");
        letter.Text.Should().Contain("One.");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_signed_address_counts_like_a_typed_one()
    {
        await RefusedAsync();

        await Jo.IdentifyAsync(new { token = Host.Sign(Host.Claims(Server.Clock, "sub-1", "jo.new@example.org")) });
        await PassAsync(5 * Minute);

        (await Post.ReceiveAsync()).To.Should().Equal("jo.new@example.org");
    }

    [Fact]
    public async Task Replies_that_came_before_any_address_are_sent_to_the_first()
    {
        var ann = await NewVisitorAsync(null);
        await Mia.ReplyAsync(ann.ChatId, "One.");
        await PassAsync(5 * Minute);
        Post.Count.Should().Be(0);

        await ann.IdentifyAsync(new { email = "ann@example.org" });
        await PassAsync(5 * Minute);

        (await Post.ReceiveAsync()).To.Should().Equal("ann@example.org");
    }

    [Fact]
    public async Task An_unread_reply_moves_into_the_chat_that_its_chat_joins_and_is_told_there()
    {
        var known = new Visitor(Server);
        await known.IdentifyAsync(new { token = Host.Sign(Host.Claims(Server.Clock, "sub-1", "ann@example.org")) });
        await known.PostAsync("Hello");
        var ann = await NewVisitorAsync(null);
        await Mia.ReplyAsync(ann.ChatId, "One.");

        await ann.IdentifyAsync(new { token = Host.Sign(Host.Claims(Server.Clock, "sub-1", "ann@example.org")) });
        await PassAsync(5 * Minute);

        Mail letter;
        do
            letter = await Post.ReceiveAsync();
        while (letter.To[0] == "mia@example.com");
        letter.To.Should().Equal("ann@example.org");
        letter.Text.Should().Contain("One.");
    }

    [Theory]
    [InlineData("told")]
    [InlineData("read")]
    [InlineData("deleted")]
    [InlineData("archived")]
    [InlineData("same")]
    [InlineData("waiting")]
    public async Task Nothing_more_is_sent_if_all_was(string before)
    {
        if (before == "waiting")
            await Mia.ReplyAsync(Jo.ChatId, "One.");
        else if (before == "told")
            await LetterAsync("One.");
        else
            await RefusedAsync();
        if (before == "read")
            await Jo.MarkReadAsync();
        if (before == "deleted")
        {
            var id = (string)(await Jo.MessagesAsync())[0]!["id"]!;
            (await Mia.RequestAsync(HttpMethod.Delete, $"/chats/{Jo.ChatId}/messages/{id}")).Status.Should().Be(200);
        }

        if (before == "archived")
            (await Mia.PostAsync($"/chats/{Jo.ChatId}/archive")).Status.Should().Be(200);
        var letters = (await Server.QueryAsync("select id from letters")).Length;

        await Jo.IdentifyAsync(new { email = before == "same" ? " JO@example.org" : "jo.new@example.org" });

        (await Server.QueryAsync("select id from letters")).Should().HaveCount(letters);
    }

    /// <summary>A letter to Jo's address was refused for good.</summary>
    private async Task RefusedAsync()
    {
        Post.Mood = step => step == "RCPT" ? "550 5.1.1 no such user here" : null;
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);
        await Post.ReachedAsync("RCPT");
        await IdleAsync();
        (await Server.QueryAsync("select state from letters")).Should().Equal("failed");
        Post.Mood = _ => null;
    }
}
