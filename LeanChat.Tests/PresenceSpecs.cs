namespace LeanChat.Tests;

/// <summary>Who is there: which visitors and which admins, and on which page.</summary>
public sealed class PresenceSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Admin _mia = null!;
    private Visitor _visitor = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync();
        _mia = await _server.AdminAsync();
        _visitor = await _server.VisitorAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_admins_list_says_who_of_them_is_there()
    {
        var leo = await _server.AdminAsync("leo@example.com", "Leo");
        await using var board = await leo.WatchAsync();

        var admins = (await _mia.GetAsync("/admins")).Json!.AsArray();

        admins.Single(each => (string)each!["id"]! == leo.Id)!["online"]!.GetValue<bool>().Should().BeTrue();
        admins.Single(each => (string)each!["id"]! == _mia.Id)!["online"]!.GetValue<bool>().Should().BeFalse();
    }

    [Fact]
    public async Task Dashboards_see_a_visitors_first_tab_open_and_the_last_one_close()
    {
        await _visitor.PostAsync("Hello");
        await using var board = await _mia.WatchAsync();

        await using var first = await _visitor.OpenAsync();
        var came = await board.HearAsync("presence");
        ((string)came["chat_id"]!).Should().Be(_visitor.ChatId);
        ((bool)came["user_online"]!).Should().BeTrue();
        ((bool)(await _mia.ListAsync())[0]!["user_online"]!).Should().BeTrue();
        await using var second = await _visitor.OpenOwnPageAsync();
        await first.HangUpAsync();
        await second.HangUpAsync();

        ((bool)(await board.HearAsync("presence"))["user_online"]!).Should().BeFalse();
        await board.SettleAsync();
        board.Of("presence").Should().HaveCount(2, "only the first and the last count");
        ((bool)(await _mia.ListAsync())[0]!["user_online"]!).Should().BeFalse();
    }

    [Fact]
    public async Task A_page_that_says_who_it_is_twice_does_not_flicker()
    {
        await using var board = await _mia.WatchAsync();
        await using var page = await _visitor.OpenOwnPageAsync();

        await page.SayAsync(new { action = "auth", token = _visitor.Token, after = 0 });
        await page.HearAsync("ready");
        await page.SettleAsync();
        await board.SettleAsync();

        board.Of("presence").Should().ContainSingle().Which["user_online"]!.GetValue<bool>().Should().BeTrue();
    }

    [Fact]
    public async Task A_socket_that_has_not_said_who_it_is_is_nobody()
    {
        await using var board = await _mia.WatchAsync();
        await using var silent = await _visitor.ConnectAsync();
        await silent.SettleAsync();
        await board.SettleAsync();

        board.Of("presence").Should().BeEmpty();
    }

    [Fact]
    public async Task An_admin_who_reads_along_is_not_the_visitor()
    {
        await using var board = await _mia.WatchAsync();
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);
        await board.SettleAsync();

        board.Of("presence").Should().BeEmpty();
    }

    [Fact]
    public async Task The_page_a_visitor_looks_at_is_kept_and_shown()
    {
        await using var board = await _mia.WatchAsync();
        await using var widget = await _visitor.OpenAsync();
        await widget.SendAsync("Hello", "c1");

        await widget.SayAsync(new
        {
            action = "page",
            url = "https://shop.example/blue?size=m",
            title = "The blue one",
            referrer = "https://search.example/",
            locale = "de-AT",
            time_zone = "Europe/Vienna",
            language = "de",
        });

        var seen = await board.HearAsync("presence", frame => frame["page_url"] is not null);
        ((string)seen["chat_id"]!).Should().Be(_visitor.ChatId);
        ((bool)seen["user_online"]!).Should().BeTrue();
        ((string)seen["page_url"]!).Should().Be("https://shop.example/blue?size=m");
        var chat = await _mia.OpenChatAsync(_visitor.ChatId);
        ((string)chat["page_url"]!).Should().Be("https://shop.example/blue?size=m");
        ((string)chat["referrer"]!).Should().Be("https://search.example/");
        ((string)chat["locale"]!).Should().Be("de-AT");
        ((string)chat["time_zone"]!).Should().Be("Europe/Vienna");
        ((string)chat["language"]!).Should().Be("de");
        ((string)(await _mia.ListAsync())[0]!["page_url"]!).Should().Be("https://shop.example/blue?size=m");

        await widget.SayAsync(new { action = "page", url = "https://shop.example/red", title = "The red one" });
        await board.HearAsync("presence", frame => (string?)frame["page_url"] == "https://shop.example/red");
        ((string)(await _mia.OpenChatAsync(_visitor.ChatId))["locale"]!).Should().Be("de-AT", "what was not said again still holds");
    }

    [Fact]
    public async Task A_page_of_absurd_length_is_cut_and_harms_nothing()
    {
        await using var board = await _mia.WatchAsync();
        await using var widget = await _visitor.OpenAsync();

        await widget.SayAsync(
            new { action = "page", url = "https://shop.example/" + new string('x', 30_000), title = new string('t', 20_000) });

        ((string)(await board.HearAsync("presence", frame => frame["page_url"] is not null))["page_url"]!).Length.Should().BeLessThan(5000);
        await widget.SettleAsync();
        widget.Of("error").Should().BeEmpty();
    }
}
