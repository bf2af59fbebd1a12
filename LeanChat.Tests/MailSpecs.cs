using LeanChat.Mail;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>A missed answer reaches the visitor, a missed visitor reaches the owner.</summary>
public sealed class MailSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private MailServer _post = null!;
    private LeanChatServer _server = null!;
    private Admin _mia = null!;
    private Visitor _visitor = null!;

    public async Task InitializeAsync()
    {
        _post = MailServer.Start();
        _server = await LeanChatServer.StartAsync(_post.Settings);
        _mia = await _server.AdminAsync();
        _visitor = await NewVisitorAsync("jo@example.org");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _post.DisposeAsync();
    }

    [Fact]
    public async Task A_reply_unread_for_five_minutes_makes_exactly_one_letter()
    {
        await _mia.ReplyAsync(_visitor.ChatId, "It is back in stock.");

        await PassAsync(5 * Minute - Second);
        _post.Count.Should().Be(0);
        await PassAsync(Second);

        var letter = await _post.ReceiveAsync();
        letter.To.Should().Equal("jo@example.org");
        letter.Subject.Should().Be("New reply from Shop Support");
        letter.Text.Should().Contain("Mia has replied").And.Contain("It is back in stock.");
        await PassAsync(24 * Hour);
        _post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_reply_read_in_time_makes_none()
    {
        await _mia.ReplyAsync(_visitor.ChatId, "It is back in stock.");
        await PassAsync(5 * Minute - Second);
        await _visitor.MarkReadAsync();

        await PassAsync(Hour);

        _post.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_reply_after_a_read_one_has_five_minutes_of_its_own()
    {
        await _mia.ReplyAsync(_visitor.ChatId, "First.");
        await PassAsync(4 * Minute);
        await _visitor.MarkReadAsync();
        await _mia.ReplyAsync(_visitor.ChatId, "Second.");

        await PassAsync(5 * Minute - Second);
        _post.Count.Should().Be(0);
        await PassAsync(Second);

        (await _post.ReceiveAsync()).Text.Should().Contain("Second.").And.NotContain("First.");
    }

    [Fact]
    public async Task Ten_replies_make_one_letter_due_by_the_first()
    {
        for (var i = 1; i <= 10; i++)
        {
            await _mia.ReplyAsync(_visitor.ChatId, $"Reply {i}.");
            await PassAsync(TimeSpan.FromSeconds(20));
        }

        await PassAsync(5 * Minute - TimeSpan.FromSeconds(200));

        (await _post.ReceiveAsync()).Text.Should().Contain("10 replies").And.Contain("Reply 1.").And.Contain("Reply 10.");
        await PassAsync(24 * Hour);
        _post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_visitor_who_has_written_since_gets_none()
    {
        await using var dashboard = await _mia.WatchAsync();
        await _mia.ReplyAsync(_visitor.ChatId, "It is back in stock.");
        await PassAsync(Minute);
        await _visitor.PostAsync("Great, thanks!");

        await PassAsync(Hour);

        _post.Count.Should().Be(0);
    }

    [Fact]
    public async Task An_archived_chat_an_erased_one_and_one_without_an_address_make_none()
    {
        var (erased, nameless) = (await NewVisitorAsync("gone@example.org"), await NewVisitorAsync(null));
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await _mia.ReplyAsync(erased.ChatId, "Two.");
        await _mia.ReplyAsync(nameless.ChatId, "Three.");
        await _mia.PostAsync($"/chats/{_visitor.ChatId}/archive");
        await _mia.RequestAsync(HttpMethod.Delete, "/users/" + erased.UserId);

        await PassAsync(Hour);

        _post.Count.Should().Be(0);
    }

    [Fact]
    public async Task The_next_reply_after_a_letter_waits_out_the_interval()
    {
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute);
        await _post.ReceiveAsync();
        await _mia.ReplyAsync(_visitor.ChatId, "Two.");

        await PassAsync(Hour - Second);
        _post.Count.Should().Be(1);
        await PassAsync(Second);

        (await _post.ReceiveAsync()).Text.Should().Contain("Two.");
    }

    [Fact]
    public async Task A_letter_threads_answers_no_robots_and_can_be_unsubscribed_at_one_click()
    {
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute);
        var letter = await _post.ReceiveAsync();

        letter.Header("Auto-Submitted").Should().Be("auto-generated");
        letter.Header("Message-ID").Should().MatchRegex("^<[0-9a-f-]{36}@shop.example>$");
        letter.Header("References").Should().Contain(_visitor.ChatId);
        letter.Header("List-Unsubscribe-Post").Should().Be("List-Unsubscribe=One-Click");
        var unsubscribe = new Uri(letter.Header("List-Unsubscribe")!.Trim('<', '>')).PathAndQuery;
        using var http = _server.Client();
        (await http.GetAsync(unsubscribe)).StatusCode.Should().Be(System.Net.HttpStatusCode.OK);
        await _mia.ReplyAsync(_visitor.ChatId, "Two.");
        await PassAsync(2 * Hour);
        _post.Count.Should().Be(2, "a GET unsubscribes nobody");
        await _post.ReceiveAsync();

        using var click = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
        (await http.PostAsync(unsubscribe, click)).StatusCode.Should().Be(System.Net.HttpStatusCode.OK);

        await _mia.ReplyAsync(_visitor.ChatId, "Three.");
        await PassAsync(24 * Hour);
        _post.Count.Should().Be(2);
    }

    [Theory]
    [InlineData("/unsubscribe")]
    [InlineData("/unsubscribe?letter=01a20426-a0af-705c-b4b8-cffbc281f9dc&proof=x")]
    public async Task A_made_up_unsubscribe_link_does_nothing(string link)
    {
        using var http = _server.Client();
        (await http.GetAsync(link)).StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
        (await http.PostAsync(link, null)).StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_link_opens_the_chat_on_another_device()
    {
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute);
        var link = (await _post.ReceiveAsync()).Link;

        link.GetLeftPart(UriPartial.Query).Should().Be(_server.Origin + "/chat");
        var reply = await new Visitor(_server).RequestAsync(HttpMethod.Post, "/open", new { key = link.Fragment["#key=".Length..] });

        reply.Status.Should().Be(200);
        ((string)reply.Json!["id"]!).Should().Be(_visitor.ChatId);
        ((string?)reply.Json["token"]).Should().NotBeNullOrEmpty();
    }

    [Fact]
    public async Task The_letter_shows_two_hundred_whole_characters_and_no_markup_of_anybody()
    {
        await _mia.ReplyAsync(
            _visitor.ChatId, "<img src=x onerror=alert(1)>\"'&</div>" + string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦", 60)));
        await PassAsync(5 * Minute);
        var letter = await _post.ReceiveAsync();

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

        var letter = await _post.ReceiveAsync();
        letter.Header("Bcc").Should().BeNull();
        letter.To.Should().Equal("mia@example.com");
    }

    [Fact]
    public async Task A_visitor_nobody_looks_after_reaches_every_admin_once_per_episode()
    {
        await _server.AdminAsync("ben@example.com", "Ben");
        await _visitor.PostAsync("Is anybody there?");
        await _visitor.PostAsync("Hello?");

        await PassAsync(Minute - Second);
        _post.Count.Should().Be(0);
        await PassAsync(Second);

        var letters = new[] { await _post.ReceiveAsync(), await _post.ReceiveAsync() };
        letters.SelectMany(letter => letter.To).Should().BeEquivalentTo("mia@example.com", "ben@example.com");
        letters[0].Text
            .Should().Contain("Is anybody there?").And.Contain("Hello?").And.Contain($"{_server.Origin}/admin#chat={_visitor.ChatId}");
        await _visitor.PostAsync("Still here.");
        await PassAsync(24 * Hour);
        _post.Count.Should().Be(2, "nobody has looked since");
        await _mia.OpenChatAsync(_visitor.ChatId);
        await _visitor.PostAsync("Another thing.");
        await PassAsync(Minute);
        (await _post.ReceiveAsync()).Text.Should().Contain("Another thing.").And.NotContain("Still here.");
    }

    [Fact]
    public async Task The_owner_gets_none_when_somebody_is_there_or_looks_in_time()
    {
        await using (var dashboard = await _mia.WatchAsync())
        {
            await _visitor.PostAsync("Hello?");
            await PassAsync(Hour);
            await dashboard.HangUpAsync();
        }

        await _mia.OpenChatAsync(_visitor.ChatId);
        await _visitor.PostAsync("One more.");
        await PassAsync(Minute - Second);
        await _mia.OpenChatAsync(_visitor.ChatId);

        await PassAsync(Hour);

        _post.Count.Should().Be(0);
    }

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
        _post.Mood = each => each == step ? trouble : null;
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute);
        await _post.ReachedAsync(step);
        await IdleAsync();
        _post.Count.Should().Be(0);
        _post.Mood = _ => null;

        await PassAsync(Minute);

        (await _post.ReceiveAsync()).Text.Should().Contain("One.");
        await PassAsync(24 * Hour);
        _post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_letter_that_was_taken_without_a_word_comes_again_with_the_same_message_id()
    {
        var ids = new List<string>();
        _post.Mood = step => step == "END" && ids.Count == 0 ? "drop" : null;
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute);
        await _post.ReachedAsync("END");
        await IdleAsync();
        var waiting = (await _server.QueryAsync("select id from letters where state = 'waiting'"))[0];
        ids.Add(waiting);

        await PassAsync(Minute);

        (await _post.ReceiveAsync()).Header("Message-ID").Should().Be($"<{waiting}@shop.example>");
    }

    [Fact]
    public async Task An_address_that_is_refused_for_good_is_not_tried_again_until_it_changes()
    {
        _post.Mood = step => step == "RCPT" ? "550 5.1.1 no such user here" : null;
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute);
        await _post.ReachedAsync("RCPT");
        await IdleAsync();
        _post.Mood = _ => null;
        var opened = await _mia.OpenChatAsync(_visitor.ChatId);
        ((string)opened["letters"]![0]!["state"]!).Should().Be("failed");
        ((string)opened["letters"]![0]!["error"]!).Should().Contain("no such user here");
        await _mia.ReplyAsync(_visitor.ChatId, "Two.");
        await PassAsync(24 * Hour);
        _post.Count.Should().Be(0);

        await _visitor.IdentifyAsync(new { email = "jo.new@example.org" });
        await _mia.ReplyAsync(_visitor.ChatId, "Three.");
        await PassAsync(5 * Minute);

        (await _post.ReceiveAsync()).To.Should().Equal("jo.new@example.org");
    }

    [Fact]
    public async Task Six_hours_without_a_mail_server_lose_nothing()
    {
        var others = new List<Visitor>();
        for (var i = 0; i < 5; i++)
            others.Add(await NewVisitorAsync($"v{i}@example.org"));
        _post.Mood = step => step == "CONNECT" ? "421 closed" : null;
        foreach (var other in others)
            await _mia.ReplyAsync(other.ChatId, "Sorry for the wait.");
        for (var quarter = 0; quarter < 24; quarter++)
            await PassAsync(15 * Minute);
        _post.Count.Should().Be(0);
        _post.Mood = _ => null;

        await PassAsync(Hour);

        var recipients = new List<string>();
        for (var i = 0; i < 5; i++)
            recipients.AddRange((await _post.ReceiveAsync()).To);
        recipients.Should().BeEquivalentTo("v0@example.org", "v1@example.org", "v2@example.org", "v3@example.org", "v4@example.org");
        await PassAsync(24 * Hour);
        _post.Count.Should().Be(5);
    }

    [Fact]
    public async Task After_three_days_a_letter_has_failed_and_the_dashboard_says_so()
    {
        await using var dashboard = await _mia.WatchAsync();
        _post.Mood = step => step == "MAIL" ? "451 not today" : null;
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        for (var hour = 0; hour < 75; hour++)
            await PassAsync(Hour);

        var news = await dashboard.HearAsync("letter");
        ((string)news["letter"]!["state"]!).Should().Be("failed");
        ((string)news["letter"]!["error"]!).Should().Contain("not today");
        ((long)(await _mia.GetAsync("/counts")).Json!["failed_letters"]!).Should().Be(1);
    }

    [Fact]
    public async Task A_restart_while_a_letter_is_on_its_way_loses_nothing()
    {
        _post.Mood = step => step == "DATA" ? "hang" : null;
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute, idle: false);
        await _post.ReachedAsync("DATA");
        await _server.RestartAsync();
        _post.Mood = _ => null;

        await PassAsync(Minute);

        (await _post.ReceiveAsync()).Text.Should().Contain("One.");
        await PassAsync(24 * Hour);
        _post.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_reply_said_while_a_letter_is_on_its_way_is_told_in_the_next()
    {
        var gate = new TaskCompletionSource();
        _post.Mood = step =>
        {
            if (step == "END")
                gate.Task.Wait(TimeSpan.FromSeconds(10));
            return null;
        };
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute, idle: false);
        await _post.ReachedAsync("DATA");
        await _mia.ReplyAsync(_visitor.ChatId, "Two.");
        gate.SetResult();
        (await _post.ReceiveAsync()).Text.Should().Contain("One.").And.NotContain("Two.");

        await IdleAsync();
        await PassAsync(Hour);

        (await _post.ReceiveAsync()).Text.Should().Contain("Two.");
    }

    [Fact]
    public async Task An_address_gets_at_most_ten_letters_a_day_over_all_chats()
    {
        for (var i = 0; i < 12; i++)
        {
            var again = await NewVisitorAsync("many@example.org");
            await _mia.ReplyAsync(again.ChatId, $"Reply {i}.");
        }

        await PassAsync(6 * Minute);
        _post.Count.Should().Be(10);

        await PassAsync(24 * Hour);
        _post.Count.Should().Be(12);
    }

    [Fact]
    public async Task More_letters_than_the_hour_allows_wait_for_the_next_and_the_dashboard_is_told()
    {
        await _server.DisposeAsync();
        _server = await LeanChatServer.StartAsync([.. _post.Settings, "Mail:MostPerHour=3"]);
        _mia = await _server.AdminAsync();
        for (var i = 0; i < 5; i++)
            await _mia.ReplyAsync((await NewVisitorAsync($"v{i}@example.org")).ChatId, "Hi.");

        await PassAsync(5 * Minute);
        _post.Count.Should().Be(3);
        ((bool)(await _mia.GetAsync("/counts")).Json!["letters_held"]!).Should().BeTrue();

        await PassAsync(Hour + Second);
        _post.Count.Should().Be(5);
    }

    [Fact]
    public async Task A_letter_that_went_is_shown_with_what_it_told_of()
    {
        await using var dashboard = await _mia.WatchAsync();
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        await PassAsync(5 * Minute);

        var news = await dashboard.HearAsync("letter");

        ((string)news["chat_id"]!).Should().Be(_visitor.ChatId);
        ((string)news["letter"]!["state"]!).Should().Be("sent");
        ((long)news["letter"]!["last_seq"]!).Should().Be(1);
    }

    [Fact]
    public async Task The_clock_set_forth_and_back_sends_nothing_twice_and_nothing_early()
    {
        await _mia.ReplyAsync(_visitor.ChatId, "One.");
        _server.Clock.AdjustTime(_server.Clock.GetUtcNow() - Hour);
        await PassAsync(5 * Minute);
        _post.Count.Should().Be(0, "by the clock, it is still not due");
        await PassAsync(Hour);
        await _post.ReceiveAsync();
        _server.Clock.AdjustTime(_server.Clock.GetUtcNow() - 24 * Hour);
        await PassAsync(48 * Hour);
        _post.Count.Should().Be(1);
    }

    [Fact]
    public async Task The_test_letter_comes_or_the_mail_server_says_why_not()
    {
        (await _mia.PostAsync("/settings/test_mail")).Status.Should().Be(204);
        (await _post.ReceiveAsync()).To.Should().Equal("mia@example.com");
        _post.Mood = step => step == "MAIL" ? "530 5.7.0 authentication required" : null;

        var refused = await _mia.PostAsync("/settings/test_mail");

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

    private async Task<Visitor> NewVisitorAsync(string? email)
    {
        var visitor = await _server.VisitorAsync();
        if (email is not null)
            (await visitor.IdentifyAsync(new { email })).Status.Should().Be(200);
        return visitor;
    }

    /// <summary>Turns the clock, then lets the mailer do what is due by now.</summary>
    private async Task PassAsync(TimeSpan time, bool idle = true)
    {
        _server.Clock.Advance(time);
        if (idle)
            await IdleAsync();
    }

    /// <summary>Waits until nothing due is left: there is no other sign of a letter that was rightly not sent.</summary>
    private async Task IdleAsync()
    {
        var mailer = _server.Get<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<Mailer>().Single();
        for (var tries = 0; tries < 1000; tries++)
        {
            var now = UtcText.Of(_server.Clock.GetUtcNow());
            var due = await _server.QueryAsync($"select id from letters where state = 'waiting' and due_at <= '{now}'");
            if (due.Length == 0 && mailer.Asleep)
                return;

            await Task.Delay(10);
        }

        throw new InvalidOperationException("Letters stay due.");
    }
}
