using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LeanChat.Tests;

/// <summary>What visitors are told of the admins: whether one of them is there.</summary>
public sealed class AdminPresenceSpecs : IAsyncLifetime
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
    public async Task Visitors_are_told_that_somebody_is_there_while_an_admin_uses_the_dashboard()
    {
        await using var widget = await _visitor.OpenAsync();
        ((bool)widget.All[0]["admin_online"]!).Should().BeTrue("signing in is use");
        await LeaveAsync(widget);

        await using var board = await _mia.WatchAsync();
        await board.SayAsync(new { action = "ping" });
        await board.SettleAsync();
        (await _mia.ListAsync()).Should().BeEmpty();
        await widget.SettleAsync();
        (await IsOnlineAsync()).Should().BeFalse("a dashboard that stands open is nobody");

        await board.SayAsync(new { action = "visible", visible = true });
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();
        _server.Clock.Advance(TimeSpan.FromHours(3));
        (await IsOnlineAsync()).Should().BeTrue("it is looked at");
        await board.SayAsync(new { action = "visible", visible = false });
        await board.SettleAsync();
        _server.Clock.Advance(TimeSpan.FromMinutes(4));
        (await IsOnlineAsync()).Should().BeTrue("it was looked at just now");

        await LeaveAsync(widget);
        (await IsOnlineAsync()).Should().BeFalse();
        widget.Of("presence").Should().HaveCount(3, "only changes are told");
    }

    [Fact]
    public async Task A_dashboard_in_sight_whose_line_breaks_counts_for_five_minutes()
    {
        await using var widget = await _visitor.OpenAsync();
        await using var board = await _mia.WatchAsync();
        await board.SayAsync(new { action = "visible", visible = true });
        await board.SettleAsync();
        _server.Clock.Advance(TimeSpan.FromHours(1));

        board.Vanish();

        while (_server.Get<People.AdminActivity>().IsAnyVisible)
            await Task.Delay(10);
        (await IsOnlineAsync()).Should().BeTrue();
        await LeaveAsync(widget);
    }

    public static TheoryData<string> Uses => ["open a chat", "reply", "archive", "reply over a socket", "mark read over a socket"];

    [Theory]
    [MemberData(nameof(Uses))]
    public async Task Whatever_an_admin_does_says_that_somebody_is_there(string use)
    {
        await _visitor.PostAsync("Hello");
        await using var widget = await _visitor.OpenAsync();
        await using var line = await _mia.JoinAsync(_visitor.ChatId);
        await LeaveAsync(widget);

        await (use switch
        {
            "open a chat" => _mia.OpenChatAsync(_visitor.ChatId),
            "reply" => _mia.ReplyAsync(_visitor.ChatId, "Hi"),
            "archive" => _mia.PostAsync($"/chats/{_visitor.ChatId}/archive"),
            "mark read over a socket" => line.SayAsync(new { action = "mark_read" }),
            _ => line.SayAsync(new { action = "send_message", content = "Hi" }),
        });

        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();
    }

    [Fact]
    public async Task A_restart_forgets_nobody_who_was_there()
    {
        _server.Clock.Advance(TimeSpan.FromMinutes(2));
        await _server.RestartAsync();
        (await IsOnlineAsync()).Should().BeTrue("two minutes ago somebody signed in");
        await using var board = await _mia.WatchAsync();
        ((bool)board.All[0]["admin_online"]!).Should().BeTrue();
        await using var widget = await _visitor.OpenAsync();
        await AsleepAsync(_server);
        _server.Clock.Advance(TimeSpan.FromMinutes(3));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse("that was five minutes ago");
        await using var later = await _mia.WatchAsync();
        ((bool)later.All[0]["admin_online"]!).Should().BeFalse("the dashboard hears what visitors hear");

        (await SetAsync(_mia, "here")).Should().Be(200);
        _server.Clock.Advance(TimeSpan.FromHours(8));
        await _server.RestartAsync();
        (await IsOnlineAsync()).Should().BeTrue("the owner said so eight hours ago");
    }

    [Fact]
    public async Task Whoever_signs_out_has_gone()
    {
        var (leo, phone) = (await _server.AdminAsync("leo@example.com", "Leo"), await new Admin(_server, "mia@example.com").SignInAsync());
        await using var widget = await _visitor.OpenAsync();
        await LeaveAsync(widget);
        await using var board = await phone.WatchAsync();
        await board.SayAsync(new { action = "visible", visible = true });
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();

        (await phone.PostAsync("/logout")).Status.Should().Be(204);
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse("nobody else is there");
        (await leo.PostAsync("/logout")).Status.Should().Be(204);
        (await _mia.PostAsync($"/chats/{Guid.NewGuid()}/archive")).Status.Should().Be(404);
        await widget.SettleAsync();
        (await IsOnlineAsync()).Should().BeFalse("neither signing out nor what is refused is use");
        await _server.RestartAsync();
        (await IsOnlineAsync()).Should().BeFalse();
    }

    [Fact]
    public async Task Outside_the_opening_hours_nobody_is_there_and_the_change_is_told_on_the_minute()
    {
        // It is Sunday, 9:00.
        await using var server = await LeanChatServer.StartAsync("Hours:Open=Sun 10:00-12:00");
        var mia = await server.AdminAsync();
        await using var widget = await (await server.VisitorAsync()).OpenAsync();
        await using var board = await mia.WatchAsync();
        await board.SayAsync(new { action = "visible", visible = true });
        await board.SettleAsync();
        await widget.SettleAsync();
        widget.Of("presence").Should().BeEmpty();

        server.Clock.Advance(TimeSpan.FromHours(1));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();
        await AsleepAsync(server);
        server.Clock.Advance(TimeSpan.FromHours(2));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse();
    }

    [Fact]
    public async Task The_owner_can_say_away_and_here()
    {
        await using var server = await LeanChatServer.StartAsync("Hours:Open=Mon 10:00-12:00");
        var mia = await server.AdminAsync();
        await using var widget = await (await server.VisitorAsync()).OpenAsync();
        ((bool)widget.All[0]["admin_online"]!).Should().BeFalse();

        (await SetAsync(mia, "here")).Should().Be(200);
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();
        (await SetAsync(mia, "away")).Should().Be(200);
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse();
        (await SetAsync(mia, "elsewhere")).Should().Be(400);

        (await SetAsync(mia, "here")).Should().Be(200);
        await widget.HearAsync("presence");
        await AsleepAsync(server);
        server.Clock.Advance(TimeSpan.FromHours(12) - TimeSpan.FromSeconds(1));
        await widget.SettleAsync();
        widget.Of("presence").Should().HaveCount(3);
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse("nobody has used a dashboard for twelve hours");
    }

    private async Task LeaveAsync(Conversation widget)
    {
        await AsleepAsync(_server);
        _server.Clock.Advance(TimeSpan.FromMinutes(5));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse();
    }

    private async Task<bool> IsOnlineAsync() => (bool)(await _visitor.ChatAsync())["admin_online"]!;

    private static async Task<int> SetAsync(Admin admin, string presence) =>
        (await admin.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Presence"] = presence })).Status;

    /// <summary>Until the watch waits for the next change: it counts from the clock as it is now.</summary>
    private static async Task AsleepAsync(LeanChatServer server)
    {
        var watch = server.Services.GetServices<IHostedService>().OfType<Chats.PresenceWatch>().Single();
        await Eventually.IsTrueAsync(() => Task.FromResult(watch.Asleep));
    }
}
