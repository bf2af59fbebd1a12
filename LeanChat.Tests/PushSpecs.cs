using System.Buffers.Text;
using System.Text;
using LeanChat.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Tests;

/// <summary>An admin whose dashboard is closed hears of a visitor on each of their devices.</summary>
public sealed class PushSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    private PushService _service = null!;
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _service = await PushService.StartAsync();
        _server = await LeanChatServer.StartAsync(
            [.. PushService.Settings, "Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0", "Mail:From=Shop <help@shop.example>"]);
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_looks_and_every_device_of_every_admin_is_notified_once()
    {
        var ben = await _server.AdminAsync("ben@example.com", "Ben");
        await RegisterAsync(_mia, "phone", "laptop");
        await RegisterAsync(ben, "tablet");
        var jo = await NewVisitorAsync("Jo");
        await jo.PostAsync("Is my mug on its way? 🚚 " + new string('x', 200));
        _server.Clock.Advance(Delay - TimeSpan.FromMilliseconds(1));
        await SettleAsync();
        _service.All.Should().BeEmpty();

        _server.Clock.Advance(TimeSpan.FromMilliseconds(1));

        var taken = await _service.TakenAsync(3);
        taken.Select(each => each.Device).Should().BeEquivalentTo("phone", "laptop", "tablet");
        var message = taken[0].Message;
        ((string)message["chat_id"]!).Should().Be(jo.ChatId);
        ((string)message["title"]!).Should().Be("Jo");
        ((string)message["body"]!).Should().StartWith("Is my mug on its way? 🚚 x");
        Excerpt.CodePoints((string)message["body"]!).Should().Be(120);
        ((int)message["waiting"]!, (int)message["waiting_chats"]!).Should().Be((1, 1));
        ((string)message["url"]!).Should().Be($"/admin#chat={jo.ChatId}");
        ((string)message["tag"]!).Should().HaveLength(22);
        var headers = taken[0].Headers;
        headers["TTL"].Should().Be("3600");
        headers["Urgency"].Should().Be("high");
        headers["Topic"].Should().Be((string)message["tag"]!);
        headers["Content-Encoding"].Should().Be("aes128gcm");
        headers["Authorization"].Should().StartWith("vapid t=");
        var claims = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(headers["Authorization"].Split('.')[1]));
        claims.Should().Contain("\"sub\":\"mailto:help@shop.example\"")
            .And.Contain($"\"aud\":\"{_service.Endpoint("x").Split("/send")[0]}\"");
        // What a device was sent is written down after the push service has answered.
        await Eventually.IsTrueAsync(async () => (await DevicesAsync(_mia)).All(device => device!["last_sent_at"] != null));
        (await DevicesAsync(_mia)).Should().OnlyContain(device => device!["last_error"] == null);
        _server.Clock.Advance(TimeSpan.FromHours(2));
        await SettleAsync();
        _service.All.Should().HaveCount(3);
    }

    [Fact]
    public async Task A_look_in_time_is_enough()
    {
        await RegisterAsync(_mia, "phone");
        var jo = await NewVisitorAsync("Jo");
        await jo.PostAsync("Hello?");
        await _mia.OpenChatAsync(jo.ChatId);
        _server.Clock.Advance(Delay);
        await SettleAsync();
        await jo.PostAsync("Anybody?");
        await _mia.ReplyAsync(jo.ChatId, "Yes!");
        _server.Clock.Advance(Delay);
        await SettleAsync();

        _service.All.Should().BeEmpty();
    }

    [Theory]
    [InlineData("block")]
    [InlineData("archive")]
    public async Task Whoever_was_put_away_disturbs_nobody(string how)
    {
        await RegisterAsync(_mia, "phone");
        var jo = await NewVisitorAsync("Jo");
        await jo.PostAsync("Buy my pills");
        await _mia.PostAsync(how == "block" ? $"/users/{jo.UserId}/block" : $"/chats/{jo.ChatId}/archive");
        _server.Clock.Advance(Delay);
        await SettleAsync();

        _service.All.Should().BeEmpty();
    }

    [Fact]
    public async Task Who_has_the_dashboard_in_sight_is_not_notified_and_the_others_are()
    {
        var ben = await _server.AdminAsync("ben@example.com", "Ben");
        await RegisterAsync(_mia, "phone");
        await RegisterAsync(ben, "tablet");
        await using var hers = await _mia.WatchAsync();
        await using var his = await ben.WatchAsync();
        await hers.SayAsync(new { action = "visible", visible = true });
        await hers.SettleAsync();
        var jo = await NewVisitorAsync("Jo");

        await jo.PostAsync("Hello?");
        _server.Clock.Advance(Delay);
        (await _service.TakenAsync(1))[0].Device.Should().Be("tablet");
        await hers.SayAsync(new { action = "visible", visible = false });
        await hers.SettleAsync();
        await jo.PostAsync("Hello??");
        _server.Clock.Advance(Delay);
        (await _service.TakenAsync(3)).Select(each => each.Device).Skip(1).Should().BeEquivalentTo("phone", "tablet");

        await hers.SayAsync(new { action = "visible", visible = true });
        await hers.SettleAsync();
        await hers.HangUpAsync();
        await SettleAsync();
        await jo.PostAsync("Hello???");
        _server.Clock.Advance(Delay);
        (await _service.TakenAsync(5)).Select(each => each.Device).Skip(3).Should().BeEquivalentTo("phone", "tablet");
    }

    [Fact]
    public async Task A_burst_is_one_notification_and_what_comes_later_takes_its_place()
    {
        await RegisterAsync(_mia, "phone");
        var (jo, ann) = (await NewVisitorAsync("Jo"), await NewVisitorAsync("Ann"));
        for (var i = 1; i <= 50; i++)
            await jo.PostAsync($"Message {i}");
        _server.Clock.Advance(Delay);
        var first = (await _service.TakenAsync(1))[0];
        ((string)first.Message["body"]!, (int)first.Message["waiting"]!).Should().Be(("Message 50", 50));

        await ann.PostAsync("Me, too");
        await jo.PostAsync("And another");
        _server.Clock.Advance(Delay);

        var later = (await _service.TakenAsync(3)).Skip(1).ToList();
        later.Should().OnlyContain(each => (int)each.Message["waiting_chats"]! == 2);
        var hers = later.Single(each => (string)each.Message["title"]! == "Jo");
        ((string)hers.Message["tag"]!).Should().Be((string)first.Message["tag"]!);
        ((int)hers.Message["waiting"]!).Should().Be(51);
        ((string)later.Single(each => (string)each.Message["title"]! == "Ann").Message["tag"]!)
            .Should().NotBe((string)first.Message["tag"]!);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_device_that_is_gone_is_forgotten(int status)
    {
        await RegisterAsync(_mia, "phone", "laptop");
        _service.Answers = (name, context) =>
        {
            if (name == "phone")
                context.Response.StatusCode = status;
            return Task.FromResult(name != "phone");
        };
        await (await NewVisitorAsync("Jo")).PostAsync("Hello?");
        _server.Clock.Advance(Delay);
        await _service.TakenAsync(1);

        await Eventually.IsTrueAsync(async () => (await DevicesAsync(_mia)).Count == 1);
        ((string)(await DevicesAsync(_mia))[0]!["name"]!).Should().Be("laptop");
    }

    [Theory]
    [InlineData(429, 30)]
    [InlineData(503, 0)]
    [InlineData(500, 0)]
    public async Task A_service_in_trouble_is_asked_again_when_it_wants_and_for_an_hour(int status, int wait)
    {
        await RegisterAsync(_mia, "phone");
        var asked = 0;
        _service.Answers = (_, context) =>
        {
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = status;
            if (wait > 0)
                context.Response.Headers.RetryAfter = $"{wait * 60}";
            return Task.FromResult(false);
        };
        var jo = await NewVisitorAsync("Jo");
        await jo.PostAsync("Hello?");
        _server.Clock.Advance(Delay);
        await Eventually.IsTrueAsync(() => Volatile.Read(ref asked) == 1);
        await Eventually.IsTrueAsync(
            async () => $"{(await DevicesAsync(_mia))[0]!["last_error"]}".StartsWith($"{status}", StringComparison.Ordinal));
        await SettleAsync();
        _server.Clock.Advance(TimeSpan.FromSeconds(20));
        await SettleAsync();
        asked.Should().Be(1);

        for (var minute = 0; minute < 90; minute++)
        {
            _server.Clock.Advance(TimeSpan.FromMinutes(1));
            await SettleAsync();
        }

        asked.Should().BeInRange(wait > 0 ? 2 : 6, wait > 0 ? 3 : 14);
        var before = asked;
        _server.Clock.Advance(TimeSpan.FromHours(1));
        await SettleAsync();
        asked.Should().Be(before);
        (await _server.QueryAsync("select count(*) from push_deliveries")).Should().Equal("0");
        _service.Answers = null;
        await jo.PostAsync("Hello again?");
        _server.Clock.Advance(Delay);
        await _service.TakenAsync(1);
        await Eventually.IsTrueAsync(async () => (await DevicesAsync(_mia))[0]!["last_error"] is null);
    }

    [Fact]
    public async Task What_waits_to_be_tried_again_is_dropped_by_a_look()
    {
        await RegisterAsync(_mia, "phone");
        var asked = 0;
        _service.Answers = (_, context) =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref asked) == 1 ? 503 : 201;
            return Task.FromResult(asked > 1);
        };
        var jo = await NewVisitorAsync("Jo");
        await jo.PostAsync("Hello?");
        _server.Clock.Advance(Delay);
        await Eventually.IsTrueAsync(async () => (await DevicesAsync(_mia))[0]!["last_error"] is not null);

        await _mia.OpenChatAsync(jo.ChatId);
        _server.Clock.Advance(TimeSpan.FromMinutes(5));
        await SettleAsync();

        asked.Should().Be(1);
    }

    [Fact]
    public async Task What_a_service_will_not_take_is_told_and_not_tried_again()
    {
        await RegisterAsync(_mia, "phone");
        var asked = 0;
        _service.Answers = async (_, context) =>
        {
            asked++;
            context.Response.StatusCode = 403;
            await context.Response.WriteAsync("the VAPID credentials do not correspond " + new string('x', 5000));
            return false;
        };
        await (await NewVisitorAsync("Jo")).PostAsync("Hello?");
        _server.Clock.Advance(Delay);
        await Eventually.IsTrueAsync(async () => (await DevicesAsync(_mia))[0]!["last_error"] is not null);
        _server.Clock.Advance(TimeSpan.FromHours(1));
        await SettleAsync();

        asked.Should().Be(1);
        ((string)(await DevicesAsync(_mia))[0]!["last_error"]!).Should().StartWith("403 the VAPID credentials").And.HaveLength(200);
    }

    [Fact]
    public async Task A_slow_service_holds_up_no_other_device()
    {
        await RegisterAsync(_mia, "phone", "laptop");
        var release = new TaskCompletionSource();
        _service.Answers = async (name, _) =>
        {
            if (name == "phone")
                await release.Task;
            return true;
        };
        await (await NewVisitorAsync("Jo")).PostAsync("Hello?");
        _server.Clock.Advance(Delay);

        (await _service.TakenAsync(1))[0].Device.Should().Be("laptop");
        release.SetResult();
        await _service.TakenAsync(2);
    }

    [Fact]
    public async Task A_restart_loses_no_notification_and_a_lost_key_forgets_the_devices()
    {
        await RegisterAsync(_mia, "phone");
        var key = (string)(await _mia.GetAsync("/push")).Json!["public_key"]!;
        await (await NewVisitorAsync("Jo")).PostAsync("Hello?");
        await _server.StopAsync();
        _server.Clock.Advance(Delay);
        await _server.StartAgainAsync();
        await _service.TakenAsync(1);
        ((string)(await _mia.GetAsync("/push")).Json!["public_key"]!).Should().Be(key);

        await _server.StopAsync();
        File.Delete(Path.Combine(_server.Directory, "leanchat.key"));
        await _server.StartAgainAsync();

        var after = (await _mia.GetAsync("/push")).Json!;
        ((string)after["public_key"]!).Should().NotBe(key);
        after["devices"]!.AsArray().Should().BeEmpty();
    }

    private async Task RegisterAsync(Admin admin, params string[] names)
    {
        foreach (var name in names)
            (await _service.RegisterAsync(admin, name)).Status.Should().Be(201);
    }

    private async Task<Visitor> NewVisitorAsync(string name)
    {
        var visitor = await _server.VisitorAsync();
        (await visitor.IdentifyAsync(new { name })).Status.Should().Be(200);
        return visitor;
    }

    private static async Task<System.Text.Json.Nodes.JsonArray> DevicesAsync(Admin admin) =>
        (await admin.GetAsync("/push")).Json!["devices"]!.AsArray();

    /// <summary>Until the loop sleeps again: what is due by now has been sent.</summary>
    private async Task SettleAsync()
    {
        var pusher = _server.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Push.Pusher>().Single();
        await Eventually.IsTrueAsync(async () => pusher.Asleep
            && (await _server.Database.ReadAsync(Push.PushStore.NextDue) is not { } due || due > _server.Clock.GetUtcNow()));
    }
}
