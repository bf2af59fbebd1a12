namespace LeanChat.Tests;

/// <summary>A missed answer reaches the visitor, a missed visitor reaches the owner.</summary>
public sealed class MailSpecs : MailStories
{
    [Fact]
    public async Task A_reply_unread_for_five_minutes_makes_exactly_one_letter()
    {
        await Mia.ReplyAsync(Jo.ChatId, "It is back in stock.");

        await PassAsync(5 * Minute - Second);
        Post.Count.Should().Be(0);
        await PassAsync(Second);

        var letter = await Post.ReceiveAsync();
        letter.To.Should().Equal("jo@example.org");
        letter.Subject.Should().Be("New reply from Shop Support");
        letter.Text.Should().Contain("Mia has replied").And.Contain("It is back in stock.");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_reply_read_in_time_makes_none()
    {
        await Mia.ReplyAsync(Jo.ChatId, "It is back in stock.");
        await PassAsync(5 * Minute - Second);
        await Jo.MarkReadAsync();

        await PassAsync(Hour);

        Post.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_reply_after_a_read_one_has_five_minutes_of_its_own()
    {
        await Mia.ReplyAsync(Jo.ChatId, "First.");
        await PassAsync(4 * Minute);
        await Jo.MarkReadAsync();
        await Mia.ReplyAsync(Jo.ChatId, "Second.");

        await PassAsync(5 * Minute - Second);
        Post.Count.Should().Be(0);
        await PassAsync(Second);

        (await Post.ReceiveAsync()).Text.Should().Contain("Second.").And.NotContain("First.");
    }

    [Fact]
    public async Task Ten_replies_make_one_letter_due_by_the_first()
    {
        for (var i = 1; i <= 10; i++)
        {
            await Mia.ReplyAsync(Jo.ChatId, $"Reply {i}.");
            await PassAsync(TimeSpan.FromSeconds(20));
        }

        await PassAsync(5 * Minute - TimeSpan.FromSeconds(200));

        (await Post.ReceiveAsync()).Text.Should().Contain("Reply 1.").And.Contain("Reply 10.");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_visitor_who_has_written_since_gets_none()
    {
        await Mia.ReplyAsync(Jo.ChatId, "It is back in stock.");
        await PassAsync(Minute);
        await Jo.PostAsync("Great, thanks!");
        await Mia.OpenChatAsync(Jo.ChatId);

        await PassAsync(Hour);

        Post.Count.Should().Be(0);
    }

    [Fact]
    public async Task An_archived_chat_an_erased_one_and_one_without_an_address_make_none()
    {
        var (erased, nameless) = (await NewVisitorAsync("gone@example.org"), await NewVisitorAsync(null));
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await Mia.ReplyAsync(erased.ChatId, "Two.");
        await Mia.ReplyAsync(nameless.ChatId, "Three.");
        await Mia.PostAsync($"/chats/{Jo.ChatId}/archive");
        await Mia.RequestAsync(HttpMethod.Delete, "/users/" + erased.UserId);

        await PassAsync(Hour);

        Post.Count.Should().Be(0);
    }

    [Fact]
    public async Task The_next_reply_after_a_letter_waits_out_the_interval()
    {
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);
        await Post.ReceiveAsync();
        await Mia.ReplyAsync(Jo.ChatId, "Two.");

        await PassAsync(Hour - Second);
        Post.Count.Should().Be(1);
        await PassAsync(Second);

        (await Post.ReceiveAsync()).Text.Should().Contain("Two.");
    }

    [Fact]
    public async Task A_letter_threads_answers_no_robots_and_can_be_unsubscribed_at_one_click()
    {
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);
        var letter = await Post.ReceiveAsync();

        letter.Header("Auto-Submitted").Should().Be("auto-generated");
        letter.Header("Message-ID").Should().MatchRegex("^<[a-z2-7]{26}@shop.example>$");
        letter.Header("References").Should().Contain(Jo.ChatId);
        letter.Header("List-Unsubscribe-Post").Should().Be("List-Unsubscribe=One-Click");
        var unsubscribe = new Uri(letter.Header("List-Unsubscribe")!.Trim('<', '>')).PathAndQuery;
        using var http = Server.Client();
        (await http.GetAsync(unsubscribe)).StatusCode.Should().Be(System.Net.HttpStatusCode.OK);
        await Mia.ReplyAsync(Jo.ChatId, "Two.");
        await PassAsync(2 * Hour);
        Post.Count.Should().Be(2, "a GET unsubscribes nobody");
        await Post.ReceiveAsync();

        using var click = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
        (await http.PostAsync(unsubscribe, click)).StatusCode.Should().Be(System.Net.HttpStatusCode.OK);

        await Mia.ReplyAsync(Jo.ChatId, "Three.");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(2);
    }

    [Theory]
    [InlineData("/unsubscribe")]
    [InlineData("/unsubscribe?letter=01a20426-a0af-705c-b4b8-cffbc281f9dc&proof=x")]
    public async Task A_made_up_unsubscribe_link_does_nothing(string link)
    {
        using var http = Server.Client();
        (await http.GetAsync(link)).StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
        (await http.PostAsync(link, null)).StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_link_opens_the_chat_on_another_device()
    {
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);
        var link = (await Post.ReceiveAsync()).Link;

        link.GetLeftPart(UriPartial.Query).Should().Be(Server.Origin + "/chat");
        var reply = await new Visitor(Server).RequestAsync(HttpMethod.Post, "/open", new { key = link.Fragment["#key=".Length..] });

        reply.Status.Should().Be(200);
        ((string)reply.Json!["id"]!).Should().Be(Jo.ChatId);
        ((string?)reply.Json["token"]).Should().NotBeNullOrEmpty();
    }

    [Fact]
    public async Task The_letter_shows_two_hundred_whole_characters_and_no_markup_of_anybody()
    {
        await Mia.ReplyAsync(
            Jo.ChatId, "<img src=x onerror=alert(1)>\"'&</div>" + string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦", 60)));
        await PassAsync(5 * Minute);
        var letter = await Post.ReceiveAsync();

        letter.Html.Should().NotContain("<img").And.Contain("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&lt;/div&gt;");
        var shown = letter.Text.Split('\n').First(line => line.Contains("<img", StringComparison.Ordinal)).Trim();
        shown.Should().EndWith("👩‍👩‍👧‍👦 …");
        shown.EnumerateRunes().Count().Should().BeLessThanOrEqualTo(202);
    }

    [Fact]
    public async Task No_name_or_address_becomes_a_header()
    {
        var sly = await NewVisitorAsync(null);
        (await sly.IdentifyAsync(new { email = "a@example.org\r\nBcc: b@example.org" })).Status.Should().Be(400);
        (await sly.IdentifyAsync(new { email = "a@example.org,b@example.org" })).Status.Should().Be(400);
        await sly.IdentifyAsync(new { name = "Eve\r\nBcc: b@example.org" });
        await sly.PostAsync("Hello");
        await PassAsync(Minute);

        var letter = await Post.ReceiveAsync();
        letter.Header("Bcc").Should().BeNull();
        letter.To.Should().Equal("mia@example.com");
    }

    [Fact]
    public async Task A_visitor_nobody_looks_after_reaches_every_admin_once_per_episode()
    {
        await Server.AdminAsync("ben@example.com", "Ben");
        await Jo.PostAsync("Is anybody there?");
        await Jo.PostAsync("Hello?");

        await PassAsync(Minute - Second);
        Post.Count.Should().Be(0);
        await PassAsync(Second);

        var letters = new[] { await Post.ReceiveAsync(), await Post.ReceiveAsync() };
        letters.SelectMany(letter => letter.To).Should().BeEquivalentTo("mia@example.com", "ben@example.com");
        letters[0].Text
            .Should().Contain("Is anybody there?").And.Contain("Hello?").And.Contain($"{Server.Origin}/admin#chat={Jo.ChatId}");
        await Jo.PostAsync("Still here.");
        await PassAsync(24 * Hour);
        Post.Count.Should().Be(2, "nobody has looked since");
        await Mia.OpenChatAsync(Jo.ChatId);
        await Jo.PostAsync("Another thing.");
        await PassAsync(Minute);
        (await Post.ReceiveAsync()).Text.Should().Contain("Another thing.").And.NotContain("Still here.");
    }

    [Fact]
    public async Task The_owner_gets_none_who_looks_in_time_on_whichever_device()
    {
        await Jo.PostAsync("One more.");
        await PassAsync(Minute - Second);
        await Mia.OpenChatAsync(Jo.ChatId);

        await PassAsync(Hour);

        Post.Count.Should().Be(0);
    }

    [Fact]
    public async Task The_owner_gets_none_once_an_admin_has_answered()
    {
        await Jo.PostAsync("Hello?");
        await Mia.ReplyAsync(Jo.ChatId, "Yes?");
        await Jo.MarkReadAsync();
        await PassAsync(Hour);

        Post.Count.Should().Be(0);
    }

    [Fact]
    public async Task The_owner_gets_one_while_a_dashboard_stands_open_and_nobody_looks()
    {
        await using var dashboard = await Mia.WatchAsync();
        await dashboard.SayAsync(new { action = "visible", visible = true });
        await dashboard.SettleAsync();
        await Jo.PostAsync("Hello?");

        await PassAsync(Hour);

        (await Post.ReceiveAsync()).Text.Should().Contain("Hello?");
        Post.Count.Should().Be(1);
    }
}
