using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>What a visitor writes leaves, once, whatever the line to the server does.</summary>
public sealed class WidgetWritingSpecs(Browser browser) : WidgetStories(browser)
{
    [BrowserFact]
    public async Task Enter_sends_what_is_meant_and_the_field_grows_and_shrinks()
    {
        var visitor = await VisitAsync("data-open");
        var field = visitor.Locator("textarea");
        var one = (await field.BoundingBoxAsync())!.Height;
        await field.FillAsync("   ");
        await field.PressAsync("Enter");
        await field.EvaluateAsync(
            """
            f => {
              f.value = 'に';
              for (const init of [{ isComposing: true }, { keyCode: 229 }])
                f.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init }));
            }
            """);
        await field.FillAsync("one");
        foreach (var line in (string[])["two", "three", "four", "five", "six", "seven", "eight"])
        {
            await field.PressAsync("Shift+Enter");
            await visitor.Keyboard.TypeAsync(line);
        }

        (await field.BoundingBoxAsync())!.Height.Should().BeInRange(one * 2, 130);
        var (panel, send) = ((await visitor.Locator(".panel").BoundingBoxAsync())!, (await visitor.Locator(".send").BoundingBoxAsync())!);
        (send.Y + send.Height).Should().BeLessThan(panel.Y + panel.Height);
        await field.PressAsync("Enter");
        (await field.BoundingBoxAsync())!.Height.Should().Be(one);
        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(1);
        (await Server.QueryAsync("select content from support_messages")).Should().Equal("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight");
    }

    [BrowserFact]
    public async Task A_message_shows_before_any_answer_and_survives_a_server_that_is_away()
    {
        var visitor = await VisitAsync("data-open");
        await visitor.RouteAsync("**/support_chat*/**", route => route.AbortAsync());
        await visitor.RouteAsync(new Regex(@"/support_chat(\?|$)"), route => route.AbortAsync());
        (await visitor.EvaluateAsync<int>(
            $$"""
            () => {
              const root = {{Shadow}}, field = root.querySelector('textarea');
              for (const text of ['first', 'second']) {
                field.value = text;
                field.dispatchEvent(new Event('input'));
                field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
              }
              return root.querySelectorAll('.msg.me.sending').length;
            }
            """)).Should().Be(2);
        await Expect(visitor.Locator(".retry").Last).ToHaveTextAsync("Not sent · Retry");

        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".msg.me .bubble")).ToHaveTextAsync(["first", "second"]);
        await visitor.UnrouteAllAsync();
        // It tries again by itself, too, and may be faster than this click.
        await visitor.EvaluateAsync($"{Shadow}.querySelector('.retry')?.click()");

        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(2);
        (await Server.QueryAsync("select content from support_messages order by seq")).Should().Equal("first", "second");
        (await visitor.EvaluateAsync<string[]>("Object.keys(localStorage).filter(key => key.includes('out:'))")).Should().BeEmpty();
    }

    [BrowserFact]
    public async Task A_lost_acknowledgement_makes_neither_a_second_row_nor_a_second_bubble()
    {
        IWebSocketRoute? line = null;
        var deaf = false;
        var visitor = await VisitAsync("data-open", before: page => page.RouteWebSocketAsync(new Regex("/ws/chat"), route =>
        {
            line = route;
            var server = route.ConnectToServer();
            server.OnMessage(frame =>
            {
                if (!deaf)
                    route.Send(frame.Text!);
            });
        }));
        await SayAsync(visitor, "one");
        await Eventually.IsTrueAsync(() => line is not null);
        await Expect(visitor.Locator(".status")).ToContainTextAsync("Away");
        deaf = true;
        await visitor.Locator("textarea").FillAsync("two");
        await visitor.Keyboard.PressAsync("Enter");
        await Eventually.IsTrueAsync(async () => (await Server.QueryAsync("select count(*) from support_messages"))[0] == "2");
        deaf = false;
        await line!.CloseAsync(new() { Code = 1011 });

        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(2);
        await Expect(visitor.Locator(".msg.me .bubble")).ToHaveTextAsync(["one", "two"]);
        (await Server.QueryAsync("select content from support_messages order by seq")).Should().Equal("one", "two");
    }

    [BrowserFact]
    public async Task Where_no_socket_gets_through_it_asks_instead()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open", before: page => page.AddInitScriptAsync(
            """
            {
              const Real = WebSocket;
              window.blocked = true;
              window.WebSocket = function (url) {
                if (!blocked) return new Real(url);
                const socket = new EventTarget();
                socket.close = () => {};
                setTimeout(() => socket.onclose({ code: 1006 }), 20);
                return socket;
              };
            }
            """));
        await SayAsync(visitor, "Hello?");
        await mia.ReplyAsync(await ChatIdAsync(mia), "By the back door");

        await Expect(visitor.Locator(".log")).ToContainTextAsync("By the back door", new() { Timeout = 20_000 });
        await visitor.EvaluateAsync("blocked = false; dispatchEvent(new Event('online'))");
        await OnlineAsync(online: true);
    }
}
