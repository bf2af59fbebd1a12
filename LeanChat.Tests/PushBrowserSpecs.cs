using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Notifications in a real browser: switched on in the settings, shown by the service worker, opened by a click.</summary>
[Collection(DashboardStories.Name)]
public sealed class PushBrowserSpecs(Browser browser) : IAsyncLifetime
{
    private PushService _service = null!;
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _service = await PushService.StartAsync();
        _server = await LeanChatServer.StartAsync([.. PushService.Settings, "AppName=Oak & Ash"]);
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync()
    {
        await browser.EverybodyLeavesAsync();
        await _server.DisposeAsync();
        await _service.DisposeAsync();
    }

    [BrowserFact]
    public async Task A_phone_is_told_who_writes_and_a_tap_opens_the_chat()
    {
        var phone = await PhoneAsync();
        var devtools = await phone.Context.NewCDPSessionAsync(phone);
        var registration = new TaskCompletionSource<string>();
        devtools.Event("ServiceWorker.workerRegistrationUpdated").OnEvent += (_, e) =>
        {
            foreach (var each in e!.Value.GetProperty("registrations").EnumerateArray())
                registration.TrySetResult(each.GetProperty("registrationId").GetString()!);
        };
        await devtools.SendAsync("ServiceWorker.enable");
        await phone.GotoAsync(_server.Origin + "/admin");
        await phone.Locator("#set-b").ClickAsync();
        await phone.Locator("#set-you").ClickAsync();
        await phone.GetByRole(AriaRole.Button, new() { Name = "Turn on notifications on this device" }).ClickAsync();
        await Expect(phone.Locator(".devices [role=status]")).ToHaveTextAsync("This device will be notified.");
        await Expect(phone.Locator(".devices li b")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("Chrome"));
        await phone.Keyboard.PressAsync("Escape");
        await HideAsync(phone);

        var jo = await _server.VisitorAsync();
        await jo.IdentifyAsync(new { name = "Jo" });
        await jo.PostAsync("Is my mug on its way? 🚚 שלום");
        _server.Clock.Advance(TimeSpan.FromSeconds(5));
        var pushed = (await _service.TakenAsync(1))[0].Message.ToJsonString();
        await devtools.SendAsync("ServiceWorker.deliverPushMessage", new()
        {
            ["origin"] = _server.Origin,
            ["registrationId"] = await registration.Task.WaitAsync(TimeSpan.FromSeconds(10)),
            ["data"] = pushed,
        });

        var shown = await NotificationAsync(phone, 1);
        shown.GetProperty("title").GetString().Should().Be("Jo");
        shown.GetProperty("body").GetString().Should().Be("Is my mug on its way? 🚚 שלום");
        shown.GetProperty("chat").GetString().Should().Be(jo.ChatId);
        await HideAsync(phone, false);
        await TapAsync(phone);
        await Expect(phone).ToHaveURLAsync($"{_server.Origin}/admin#chat={jo.ChatId}");
        await Expect(phone.Locator("#log .m")).ToContainTextAsync("Is my mug");
        await NotificationAsync(phone, 0);
    }

    [BrowserFact]
    public async Task What_was_looked_at_elsewhere_is_taken_away()
    {
        var phone = await PhoneAsync();
        await phone.GotoAsync(_server.Origin + "/admin");
        await phone.Locator("#set-b").ClickAsync();
        await phone.Locator("#set-you").ClickAsync();
        await phone.GetByRole(AriaRole.Button, new() { Name = "Turn on notifications on this device" }).ClickAsync();
        await Expect(phone.Locator(".devices [role=status]")).ToHaveTextAsync("This device will be notified.");
        var jo = await _server.VisitorAsync();
        await jo.PostAsync("Hello?");
        await phone.EvaluateAsync(
            """
            id => navigator.serviceWorker.ready.then(one => one.showNotification('Jo', { tag: 'x', data: { chat_id: id, url: '/admin' } }))
            """,
            jo.ChatId);
        await NotificationAsync(phone, 1);

        await _mia.OpenChatAsync(jo.ChatId);

        await NotificationAsync(phone, 0);
    }

    [BrowserFact]
    public async Task A_test_says_in_words_what_happened()
    {
        var phone = await PhoneAsync();
        await phone.GotoAsync(_server.Origin + "/admin");
        await phone.Locator("#set-b").ClickAsync();
        await phone.Locator("#set-you").ClickAsync();
        await phone.GetByRole(AriaRole.Button, new() { Name = "Turn on notifications on this device" }).ClickAsync();
        var status = phone.Locator(".devices [role=status]");
        await Expect(status).ToHaveTextAsync("This device will be notified.");
        await phone.GetByRole(AriaRole.Button, new() { Name = "Test", Exact = true }).ClickAsync();
        await Expect(status).ToContainTextAsync("Sent.");

        _service.Answers = async (_, context) =>
        {
            context.Response.StatusCode = 403;
            await context.Response.WriteAsync("the sender is not the one who subscribed");
            return false;
        };
        await phone.GetByRole(AriaRole.Button, new() { Name = "Test", Exact = true }).ClickAsync();
        await Expect(status).ToContainTextAsync("403 the sender is not the one who subscribed");

        await phone.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(phone.Locator(".devices li")).ToHaveCountAsync(0);
    }

    /// <summary>A phone that may notify; a headless browser has no push service, so the subscription is ours.</summary>
    private async Task<IPage> PhoneAsync()
    {
        var phone = await browser.PersonAsync(390, 844, phone: true, whole: true);
        await phone.Context.GrantPermissionsAsync(["notifications"], new() { Origin = _server.Origin });
        await phone.Context.AddCookiesAsync(
            [new Cookie { Name = "leanchat_admin", Value = _mia.Cookie["leanchat_admin=".Length..], Url = _server.Origin }]);
        var subscription = JsonSerializer.Serialize(_service.Subscription("phone"), Wire.Options);
        await phone.AddInitScriptAsync(
            $$"""
            const subscription = { toJSON: () => ({{subscription}}) };
            PushManager.prototype.subscribe = async () => subscription;
            PushManager.prototype.getSubscription = async () => subscription;
            """);
        return phone;
    }

    /// <summary>The page goes into the background, or comes back.</summary>
    private static async Task HideAsync(IPage page, bool hidden = true) => await page.EvaluateAsync(
        """
        hidden => {
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event('visibilitychange'));
        }
        """,
        hidden);

    /// <summary>The one notification, once there are so many; of none, nothing.</summary>
    private static async Task<JsonElement> NotificationAsync(IPage page, int count)
    {
        // Counted and read at once: it may change in between.
        var found = await page.WaitForFunctionAsync(
            """
            count => navigator.serviceWorker.ready.then(one => one.getNotifications()).then(all => all.length === count && (
              count ? { title: all[0].title, body: all[0].body, chat: all[0].data.chat_id } : {}))
            """,
            count);
        return await found.JsonValueAsync<JsonElement>();
    }

    /// <summary>As the system does when a notification is tapped.</summary>
    private static async Task TapAsync(IPage page)
    {
        const string tap =
            """
            self.registration.getNotifications()
              .then(([notification]) => { self.dispatchEvent(new NotificationEvent('notificationclick', { notification })); })
            """;
        var devtools = await page.Context.Browser!.NewBrowserCDPSessionAsync();
        var targets = (await devtools.SendAsync("Target.getTargets"))!.Value.GetProperty("targetInfos").EnumerateArray();
        var worker = targets.Last(target => target.GetProperty("type").GetString() == "service_worker")
            .GetProperty("targetId").GetString()!;
        var attached = await devtools.SendAsync("Target.attachToTarget", new() { ["targetId"] = worker, ["flatten"] = false });
        await devtools.SendAsync("Target.sendMessageToTarget", new()
        {
            ["sessionId"] = attached!.Value.GetProperty("sessionId").GetString()!,
            ["message"] = JsonSerializer.Serialize(
                new { id = 1, method = "Runtime.evaluate", @params = new { expression = tap, awaitPromise = true } }),
        });
        await devtools.DetachAsync();
    }
}
