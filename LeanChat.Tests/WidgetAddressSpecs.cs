using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>How the widget finds its server, wherever its script lies, and whom it believes to be it.</summary>
public sealed class WidgetAddressSpecs(Browser browser) : WidgetStories(browser)
{
    [BrowserTheory]
    [InlineData("<script src=/cache/min.js></script>")]
    [InlineData("<script src=/copies/widget.js></script>")]
    [InlineData("<script>document.head.append(Object.assign(document.createElement('script'), { src: '/cache/min.js' }))</script>")]
    [InlineData("<script type=module>import '/cache/min.js'</script>")]
    [InlineData("<script type=module>import '/cache/min.js'</script><script type=off src=https://other.example/widget.js></script>")]
    [InlineData("<script type=module>import '{server}/widget.js'</script>")]
    [InlineData("<script type=module>import '{server}/widget.js'</script><script type=off src=https://other.example/widget.js></script>")]
    public async Task Wherever_the_script_ends_up_the_words_arrive(string how)
    {
        var script = (await Server.AskAsync(HttpMethod.Get, "/widget.js")).Text;
        var visitor = await PersonAsync();
        var asked = new List<string>();
        visitor.Request += (_, request) => asked.Add(request.Url);
        var site = await PageAsync(
            Html(how.Replace("{server}", Server.Origin, StringComparison.Ordinal)),
            files: new Dictionary<string, string> { ["/cache/min.js"] = script, ["/copies/widget.js"] = script });
        await visitor.GotoAsync(site.Origin);
        await visitor.Locator(".launcher").ClickAsync();

        await SayAsync(visitor, "Hello");

        (await Server.QueryAsync("select content from support_messages")).Should().Equal("Hello");
        await Expect(visitor.Locator("input[type=file]")).ToHaveCountAsync(1, new() { Timeout = 20_000 });
        asked.Should().NotContain(
            url => url.Contains("other.example", StringComparison.Ordinal), "whoever else has a script of that name is told nothing");
    }

    [Fact]
    public async Task The_script_knows_the_address_that_it_was_asked_for_or_the_public_one()
    {
        (await Server.AskAsync(HttpMethod.Get, "/widget.js")).Text
            .Should().Contain($"\"origin\":\"{Server.Origin}/\"").And.NotContain("\"public\"");
        await using var known = await LeanChatServer.StartAsync("PublicUrl=https://chat.shop.example");

        (await known.AskAsync(HttpMethod.Get, "/widget.js")).Text
            .Should().Contain("\"origin\":\"https://chat.shop.example/\",\"public\":true");
    }

    [BrowserTheory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task A_service_worker_that_keeps_answers_gives_nobody_the_last_ones_chat(string ignoreSearch)
    {
        var worker = $$"""
            addEventListener('install', () => skipWaiting());
            addEventListener('activate', e => e.waitUntil(clients.claim()));
            addEventListener('fetch', e => {
              if (e.request.method !== 'GET' || !e.request.url.includes('/support_chat')) return;
              e.respondWith(caches.open('all').then(async kept => {
                const known = await kept.match(e.request, { ignoreSearch: {{ignoreSearch}}, ignoreVary: true });
                if (known) return known;
                const answer = await fetch(e.request);
                kept.put(e.request, answer.clone());
                return answer;
              }));
            });
            """;
        var visitor = await PersonAsync();
        await visitor.GotoAsync((await PageAsync(
            Html(Tag), files: new Dictionary<string, string> { ["/worker.js"] = worker })).Origin);
        await visitor.EvaluateAsync(
            """
            async () => {
              await navigator.serviceWorker.register('/worker.js');
              await navigator.serviceWorker.ready;
              if (!navigator.serviceWorker.controller)
                await new Promise(done => navigator.serviceWorker.oncontrollerchange = done);
            }
            """);
        await visitor.Locator(".launcher").ClickAsync();
        await SayAsync(visitor, "My secret");
        var mine = await visitor.EvaluateAsync<string>("localStorage['leanchat:token']");
        await visitor.EvaluateAsync("LeanChat('reset')");

        if (ignoreSearch == "false")
        {
            await SayAsync(visitor, "Somebody else");
            await Expect(visitor.Locator(".msg .bubble")).ToHaveTextAsync(["Hi! How can we help?", "Somebody else"]);
            (await Server.QueryAsync("select count(*) from users")).Should().Equal("2");
        }
        else
        {
            // Nothing but an answer of the last one's can be had here: the words wait, and nobody sees what was said.
            await visitor.Locator("textarea").FillAsync("Somebody else");
            await visitor.Locator(".send").ClickAsync();
            await Expect(visitor.Locator(".retry")).ToHaveTextAsync("Not sent · Retry");
            await Expect(visitor.Locator(".log")).Not.ToContainTextAsync("My secret");
        }

        (await visitor.EvaluateAsync<string?>("localStorage['leanchat:token']")).Should().NotBe(mine);
    }
}
