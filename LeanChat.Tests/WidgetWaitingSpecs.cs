using System.Text.RegularExpressions;
using LeanChat.Chats;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>A visitor who waits: how soon an answer usually comes, the offer of an e-mail, and the address that was left.</summary>
public sealed class WidgetWaitingSpecs(Browser browser) : WidgetStories(browser)
{
    private const string Focused = $"{Shadow}.activeElement.className";

    [BrowserTheory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task Whoever_waits_a_minute_is_offered_an_e_mail_though_somebody_is_online(int wrong)
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open", before: page => page.Clock.InstallAsync(new()
        {
            TimeDate = Server.Clock.GetUtcNow().UtcDateTime.AddHours(wrong),
        }));
        await SayAsync(visitor, "Anybody there?");
        await Expect(visitor.Locator(".status")).ToHaveTextAsync("Online");
        await PassAsync(visitor, 50);
        await SayAsync(visitor, "Hello?");
        await Expect(visitor.Locator(".offer")).ToBeHiddenAsync();

        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Hello?");
        await visitor.Locator("textarea").FocusAsync();
        await Expect(visitor.Locator(".offer")).ToBeHiddenAsync();
        await PassAsync(visitor, 12);

        await Expect(visitor.Locator(".ask")).ToHaveTextAsync("Get our reply by e-mail?");
        await Expect(visitor.Locator(".offer")).ToBeVisibleAsync();
        (await visitor.EvaluateAsync<string>(Focused)).Should().Be("field write");
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".offer")).ToBeVisibleAsync();

        await mia.ReplyAsync(await ChatIdAsync(mia), "Here I am");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Here I am");
        await Expect(visitor.Locator(".offer")).ToBeHiddenAsync();
        await SayAsync(visitor, "Where is my parcel?");
        await PassAsync(visitor, 50);
        await Expect(visitor.Locator(".status")).ToHaveTextAsync("Online");
        await mia.ReplyAsync(await ChatIdAsync(mia), "On its way");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("On its way");
        await PassAsync(visitor, 30);
        await Expect(visitor.Locator(".offer")).ToBeHiddenAsync();
    }

    [BrowserTheory]
    [InlineData("en", "Change", "Please check the address")]
    [InlineData("ar", "تغيير", "يُرجى مراجعة العنوان")]
    public async Task A_mistyped_address_is_corrected_in_its_place(string language, string change, string refused)
    {
        var visitor = await VisitAsync($"data-open data-locale={language}", head: "<style>h1{color:CanvasText;background:Canvas}</style>");
        await Expect(visitor.Locator("lean-chat")).ToHaveAttributeAsync("lang", language);
        await visitor.Locator("textarea").FillAsync("Anybody there?");
        await visitor.Keyboard.PressAsync("Enter");
        await visitor.Locator(".ask").ClickAsync();
        await visitor.Keyboard.TypeAsync("nigle@example.com");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".ask")).ToContainTextAsync("nigle@example.com");
        await Expect(visitor.Locator(".ask")).ToContainTextAsync(" · " + change);
        (await visitor.EvaluateAsync<string>(Focused)).Should().Be("field write");
        (await Axe.ViolationsAsync(visitor)).Should().BeEmpty();

        await visitor.Keyboard.PressAsync("Shift+Tab");
        (await visitor.EvaluateAsync<string>(Focused)).Should().Be("ask");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".address")).ToHaveValueAsync("nigle@example.com");
        (await Axe.ViolationsAsync(visitor)).Should().BeEmpty();
        await visitor.Locator(".address").FillAsync("nobody@example.com");
        await visitor.Keyboard.PressAsync("Escape");
        await Expect(visitor.Locator(".ask")).ToContainTextAsync("nigle@example.com");
        await Expect(visitor.Locator(".panel")).ToBeVisibleAsync();
        (await visitor.EvaluateAsync<string>(Focused)).Should().Be("ask");

        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".address")).ToHaveValueAsync("nigle@example.com");
        await visitor.Locator(".address").FillAsync(new string('n', 65) + "@example.com");
        await visitor.Keyboard.PressAsync("Enter");
        await visitor.WaitForFunctionAsync($"text => {Shadow}.querySelector('.address').validationMessage === text", refused);
        await visitor.Locator(".address").FillAsync("nigel@example.com");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".ask")).ToContainTextAsync("nigel@example.com");
        (await Server.QueryAsync("select email from users")).Should().Equal("nigel@example.com");

        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".ask")).ToContainTextAsync("nigel@example.com");
        await visitor.Locator(".ask").ClickAsync();
        await visitor.Locator(".skip").ClickAsync();
        await Expect(visitor.Locator(".ask")).ToBeVisibleAsync();
        await Expect(visitor.Locator(".address")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task An_address_that_the_website_vouches_for_is_told_and_cannot_be_changed_here()
    {
        var token = Host.Sign(Host.Claims(Server.Clock, "user-7", "lena@example.com", "Lena Hald"));
        var visitor = await VisitAsync("data-open");
        await visitor.EvaluateAsync("token => LeanChat('identify', { token })", token);
        await SayAsync(visitor, "Anybody there?");

        await Expect(visitor.Locator(".offer")).ToBeVisibleAsync();
        (await visitor.Locator(".offer").InnerTextAsync()).Trim().Should().Be("We’ll e-mail lena@example.com");
        await Expect(visitor.Locator(".ask")).ToBeDisabledAsync();
        await Expect(visitor.Locator(".skip")).ToBeHiddenAsync();
    }

    [BrowserTheory]
    [InlineData(600, "a few minutes")]
    [InlineData(601, "an hour")]
    [InlineData(3601, "a few hours")]
    [InlineData(21_601, "a day")]
    [InlineData(86_401, null)]
    public async Task How_soon_an_answer_usually_comes_is_said_as_people_say_it_and_never_too_short(int seconds, string? said)
    {
        await Server.AdminAsync();
        var visitor = await VisitAsync("data-open", before: page => page.RouteAsync("**/widget.js", async route =>
        {
            var answer = await route.FetchAsync();
            var script = (await answer.TextAsync()).Replace(
                "\"content_length\":", $"\"reply_time\":{seconds},\"content_length\":", StringComparison.Ordinal);
            await route.FulfillAsync(new() { Response = answer, Body = script });
        }));

        await Expect(visitor.Locator(".status")).ToHaveTextAsync(said is null ? "Online" : "Online Usually replies in " + said);
        (await visitor.EvaluateAsync<string[]>("Object.keys(localStorage)")).Should().BeEmpty("it is known before anything is said");
        AdminsLeave();
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".status"))
            .ToHaveTextAsync("Away · we will reply" + (said is null ? "" : " Usually replies in " + said));
    }

    [BrowserFact]
    public async Task What_came_by_e_mail_says_so_on_both_sides()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await SayAsync(visitor, "From my train");
        await mia.ReplyAsync(await ChatIdAsync(mia), "From my garden");
        await Expect(visitor.Locator(".them.end .meta").Last).ToHaveTextAsync(new Regex(@"^Mia · \d?\d:\d\d$"));

        await Server.Database.WriteAsync(tx =>
        {
            using var command = tx.Connection.CreateCommand();
            command.CommandText = "update support_messages set via = 'email'";
            return command.ExecuteNonQuery();
        });
        await visitor.ReloadAsync();

        await Expect(visitor.Locator(".me .meta")).ToHaveTextAsync(new Regex(@"^\d?\d:\d\d · by e-mail · (Sent|Seen)$"));
        await Expect(visitor.Locator(".them.end .meta").Last).ToHaveTextAsync(new Regex(@"^Mia · \d?\d:\d\d · by e-mail$"));
    }

    [BrowserFact]
    public async Task The_server_knows_in_which_language_the_chat_speaks()
    {
        var visitor = await VisitAsync("data-open data-locale=pt-BR");
        await Expect(visitor.Locator("lean-chat")).ToHaveAttributeAsync("lang", "pt-BR");
        await visitor.Locator("textarea").FillAsync("Olá");
        await visitor.Keyboard.PressAsync("Enter");
        await Eventually.IsTrueAsync(async () => (await Server.QueryAsync("select language from users")) is ["pt-BR"]);

        await visitor.EvaluateAsync("LeanChat('update', { locale: 'de-AT' })");

        await Eventually.IsTrueAsync(async () => (await Server.QueryAsync("select language from users")) is ["de"]);
    }

    /// <summary>Time passes for the server and for the visitor alike.</summary>
    private async Task PassAsync(IPage visitor, int seconds)
    {
        Server.Clock.Advance(TimeSpan.FromSeconds(seconds));
        await visitor.Clock.FastForwardAsync(seconds * 1000);
    }
}
