namespace LeanChat.Tests;

/// <summary>Letters on their way: a mail server in trouble, one that is away, limits, restarts and clocks.</summary>
public sealed class LetterDeliverySpecs : MailStories
{
    [Theory]
    [InlineData("CONNECT", "421 too busy")]
    [InlineData("MAIL", "451 try later")]
    [InlineData("RCPT", "450 mailbox busy")]
    [InlineData("DATA", "451 local error")]
    [InlineData("END", "452 no space")]
    [InlineData("CONNECT", "drop")]
    [InlineData("RCPT", "drop")]
    [InlineData("END", "drop")]
    public async Task A_mail_server_in_trouble_gets_the_same_letter_again(string step, string trouble)
    {
        Post.Mood = each => each == step ? trouble : null;
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);
        await Post.ReachedAsync(step);
        await IdleAsync();
        Post.Count.Should().Be(0);
        Post.Mood = _ => null;

        await PassAsync(Minute);

        (await Post.ReceiveAsync()).Text.Should().Contain("One.");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_mail_server_in_trouble_is_tried_after_one_minute_then_two_then_four_up_to_an_hour_and_not_before()
    {
        var tries = 0;
        Post.Mood = step =>
        {
            if (step != "MAIL")
                return null;
            tries++;
            return "451 try later";
        };
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);
        tries.Should().Be(1);

        foreach (var minutes in (int[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            var before = tries;
            await PassAsync((minutes * Minute) - Second);
            tries.Should().Be(before, "try {0} is not due for {1} minutes", before + 1, minutes);
            await PassAsync(Second);
            tries.Should().Be(before + 1, "try {0} is due after {1} minutes", before + 1, minutes);
        }
    }

    [Fact]
    public async Task A_letter_that_was_taken_without_a_word_comes_again_with_the_same_message_id()
    {
        var ids = new List<string>();
        Post.Mood = step => step == "END" && ids.Count == 0 ? "drop" : null;
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);
        await Post.ReachedAsync("END");
        await IdleAsync();
        var waiting = (await Server.QueryAsync("select id from letters where state = 'waiting'"))[0];
        ids.Add(waiting);

        await PassAsync(Minute);

        var key = await Server.Get<LeanChat.Mail.ReplyKeys>().OfAsync(waiting);
        (await Post.ReceiveAsync()).Header("Message-ID").Should().Be($"<{key}@shop.example>");
    }

    [Fact]
    public async Task An_address_that_is_refused_for_good_is_not_tried_again_until_it_changes()
    {
        Post.Mood = step => step == "RCPT" ? "550 5.1.1 no such user here" : null;
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);
        await Post.ReachedAsync("RCPT");
        await IdleAsync();
        Post.Mood = _ => null;
        var opened = await Mia.OpenChatAsync(Jo.ChatId);
        ((string)opened["letters"]![0]!["state"]!).Should().Be("failed");
        ((string)opened["letters"]![0]!["error"]!).Should().Contain("no such user here");
        await Mia.ReplyAsync(Jo.ChatId, "Two.");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(0);

        await Jo.IdentifyAsync(new { email = "jo.new@example.org" });
        await Mia.ReplyAsync(Jo.ChatId, "Three.");
        await PassAsync(5 * Minute);

        (await Post.ReceiveAsync()).To.Should().Equal("jo.new@example.org");
    }

    [Fact]
    public async Task Six_hours_without_a_mail_server_lose_nothing()
    {
        var others = new List<Visitor>();
        for (var i = 0; i < 5; i++)
            others.Add(await NewVisitorAsync($"v{i}@example.org"));
        Post.Mood = step => step == "CONNECT" ? "421 closed" : null;
        foreach (var other in others)
            await Mia.ReplyAsync(other.ChatId, "Sorry for the wait.");
        for (var quarter = 0; quarter < 24; quarter++)
            await PassAsync(15 * Minute);
        Post.Count.Should().Be(0);
        Post.Mood = _ => null;

        await PassAsync(Hour);

        var recipients = new List<string>();
        for (var i = 0; i < 5; i++)
            recipients.AddRange((await Post.ReceiveAsync()).To);
        recipients.Should().BeEquivalentTo("v0@example.org", "v1@example.org", "v2@example.org", "v3@example.org", "v4@example.org");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(5);
    }

    [Fact]
    public async Task After_three_days_a_letter_has_failed_and_the_dashboard_says_so()
    {
        await using var dashboard = await Mia.WatchAsync();
        Post.Mood = step => step == "MAIL" ? "451 not today" : null;
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        for (var hour = 0; hour < 75; hour++)
            await PassAsync(Hour);

        var news = await SettledAsync(dashboard);
        ((string)news["letter"]!["state"]!).Should().Be("failed");
        ((string)news["letter"]!["error"]!).Should().Contain("not today");
        ((long)(await Mia.GetAsync("/counts")).Json!["failed_letters"]!).Should().Be(1);
    }

    [Fact]
    public async Task A_reply_that_was_deleted_after_its_letter_failed_is_no_trouble_any_more()
    {
        Post.Mood = step => step == "RCPT" ? "550 5.1.1 no such user here" : null;
        var reply = await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(6 * Minute);
        (await FailedAsync()).Should().Equal(Jo.ChatId);

        (await Mia.RequestAsync(HttpMethod.Delete, $"/chats/{Jo.ChatId}/messages/{reply.Json!["id"]}")).Status.Should().Be(200);

        (await FailedAsync()).Should().BeEmpty();

        async Task<IEnumerable<string>> FailedAsync() =>
            (await Mia.GetAsync("/counts")).Json!["failed_chats"]!.AsArray().Select(id => (string)id!);
    }

    [Fact]
    public async Task A_letter_that_cannot_be_written_has_failed_and_the_dashboard_says_so()
    {
        await using var dashboard = await Mia.WatchAsync();
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await ExecuteAsync("update support_messages set attachments = 'spoilt' where sender_type = 'admin'");
        await PassAsync(Hour);

        var news = await SettledAsync(dashboard);
        ((string)news["letter"]!["state"]!).Should().Be("failed");
        ((string)news["letter"]!["error"]!).Should().Contain("The server's log says why");
        Post.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_restart_while_a_letter_is_on_its_way_loses_nothing()
    {
        Post.Mood = step => step == "DATA" ? "hang" : null;
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute, idle: false);
        await Post.ReachedAsync("DATA");
        await Server.StopAsync();
        Post.Mood = _ => null;
        await Server.StartAgainAsync();

        await PassAsync(Minute);

        (await Post.ReceiveAsync()).Text.Should().Contain("One.");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_reply_said_while_a_letter_is_on_its_way_is_told_in_the_next()
    {
        var gate = new TaskCompletionSource();
        Post.Mood = step =>
        {
            if (step == "END")
                gate.Task.Wait(TimeSpan.FromSeconds(10));
            return null;
        };
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute, idle: false);
        await Post.ReachedAsync("DATA");
        await Mia.ReplyAsync(Jo.ChatId, "Two.");
        gate.SetResult();
        (await Post.ReceiveAsync()).Text.Should().Contain("One.").And.NotContain("Two.");

        await IdleAsync();
        await PassAsync(Hour);

        (await Post.ReceiveAsync()).Text.Should().Contain("Two.");
    }

    [Fact]
    public async Task An_address_gets_at_most_ten_letters_a_day_over_all_chats()
    {
        for (var i = 0; i < 12; i++)
        {
            var again = await NewVisitorAsync("many@example.org");
            await Mia.ReplyAsync(again.ChatId, $"Reply {i}.");
        }

        await PassAsync(6 * Minute);
        Post.Count.Should().Be(10);

        await PassAsync(24 * Hour);
        Post.Count.Should().Be(12);
    }

    [Fact]
    public async Task More_letters_than_the_hour_allows_wait_for_the_next_and_the_dashboard_is_told()
    {
        await Server.DisposeAsync();
        Server = await LeanChatServer.StartAsync([.. Post.Settings, "Mail:MostPerHour=3"]);
        Mia = await Server.AdminAsync();
        for (var i = 0; i < 5; i++)
            await Mia.ReplyAsync((await NewVisitorAsync($"v{i}@example.org")).ChatId, "Hi.");

        await PassAsync(5 * Minute);
        Post.Count.Should().Be(3);
        ((bool)(await Mia.GetAsync("/counts")).Json!["letters_held"]!).Should().BeTrue();

        await PassAsync(Hour + Second);
        Post.Count.Should().Be(5);
    }

    [Fact]
    public async Task A_letter_that_went_is_shown_with_what_it_told_of()
    {
        await using var dashboard = await Mia.WatchAsync();
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);

        var news = await SettledAsync(dashboard);

        ((string)news["chat_id"]!).Should().Be(Jo.ChatId);
        ((string)news["letter"]!["state"]!).Should().Be("sent");
        ((long)news["letter"]!["last_seq"]!).Should().Be(1);
    }

    [Fact]
    public async Task The_clock_set_forth_and_back_sends_nothing_twice_and_nothing_early()
    {
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        Server.Clock.AdjustTime(Server.Clock.GetUtcNow() - Hour);
        await PassAsync(5 * Minute);
        Post.Count.Should().Be(0, "by the clock, it is still not due");
        await PassAsync(Hour);
        await Post.ReceiveAsync();
        Server.Clock.AdjustTime(Server.Clock.GetUtcNow() - 24 * Hour);
        await PassAsync(48 * Hour);
        Post.Count.Should().Be(1);
    }

    [Fact]
    public async Task The_test_letter_comes_or_the_mail_server_says_why_not()
    {
        (await Mia.PostAsync("/settings/test_mail")).Status.Should().Be(204);
        (await Post.ReceiveAsync()).To.Should().Equal("mia@example.com");
        Post.Mood = step => step == "MAIL" ? "530 5.7.0 authentication required" : null;

        var refused = await Mia.PostAsync("/settings/test_mail");

        refused.Status.Should().Be(409);
        ((string)refused.Json!["message"]!).Should().Contain("authentication required");
    }

    [Fact]
    public async Task Without_mail_settings_nothing_piles_up_and_the_dashboard_knows()
    {
        await using var bare = await LeanChatServer.StartAsync();
        var mia = await bare.AdminAsync();
        var visitor = await bare.VisitorAsync();
        await visitor.IdentifyAsync(new { email = "jo@example.org" });
        await visitor.PostAsync("Hello?");
        await mia.ReplyAsync(visitor.ChatId, "Hi.");

        (await bare.QueryAsync("select id from letters")).Should().BeEmpty();
        ((bool)(await mia.GetAsync("/me")).Json!["mail_ready"]!).Should().BeFalse();
        (await mia.PostAsync("/settings/test_mail")).Error.Should().Be("conflict");
    }

    /// <summary>What the dashboard hears of a letter that does not wait any more.</summary>
    private static async Task<System.Text.Json.Nodes.JsonNode> SettledAsync(Conversation dashboard)
    {
        var news = await dashboard.HearAsync("letter");
        while ((string)news["letter"]!["state"]! == "waiting")
            news = await dashboard.HearAsync("letter");
        return news;
    }
}
