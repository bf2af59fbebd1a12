using System.Text.RegularExpressions;
using LeanChat.Chats;
using LeanChat.People;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>A busy shop: a thousand conversations, one of five hundred messages.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task A_thousand_conversations_are_usable_at_once()
    {
        await CrowdAsync(1000, messages: 1);
        var owner = await OwnerAsync(ready: false, hash: "#none");
        var line = await owner.Context.NewCDPSessionAsync(owner);
        await line.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = 4 });
        await owner.ReloadAsync(new() { WaitUntil = WaitUntilState.Commit });
        var usable = await owner.EvaluateAsync<double>("""
            () => new Promise(done => {
              const look = () => (document.querySelectorAll('.row').length >= 50 ? done(performance.now()) : setTimeout(look, 10));
              look();
            })
            """);
        usable.Should().BeLessThan(2000, "at a quarter of the speed; alone on the machine it is well under one second");
        await line.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = 1 });
        await Expect(owner.Locator("#tab-active")).ToHaveTextAsync("Active1000");
        await Expect(owner).ToHaveTitleAsync("(1000) Inbox – LeanChat");
        await Expect(Names(owner).First).ToHaveTextAsync(new Regex("^Visitor 9..$"));

        var longest = await owner.EvaluateAsync<double>("""
            async () => {
              let longest = 0;
              new PerformanceObserver(list => { for (const task of list.getEntries()) longest = Math.max(longest, task.duration); }).observe({ entryTypes: ['longtask'] });
              const pane = document.querySelector('#rows-p'), frame = () => new Promise(done => requestAnimationFrame(done));
              for (let frames = 0; document.querySelectorAll('.row').length < 400 && frames < 2000; frames++) { pane.scrollTop += 400; await frame(); }
              return longest;
            }
            """);
        (await Rows(owner).CountAsync()).Should().BeGreaterThanOrEqualTo(400);
        longest.Should().BeLessThan(100);
        (await Names(owner).EvaluateAllAsync<string[]>("names => names.map(name => name.textContent)")).Should().OnlyHaveUniqueItems();

        await owner.Locator("#q").FillAsync("170");
        await Expect(Names(owner)).ToHaveTextAsync(["Visitor 170"]);
        await Rows(owner).First.ClickAsync();
        await Expect(Bubbles(owner)).ToContainTextAsync(["Message 1 of visitor 170"]);
    }

    [BrowserFact]
    public async Task Five_hundred_messages_page_back_without_a_jump()
    {
        await CrowdAsync(1, messages: 500);
        var owner = await OwnerAsync();
        await Rows(owner).First.ClickAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(50);
        await Expect(Bubbles(owner).Last).ToBeInViewportAsync();
        await Expect(owner.Locator("#log")).ToHaveAttributeAsync("aria-busy", "false");

        // Scrolls up; whenever older messages come, what was in view must stay where it was.
        var jump = await owner.EvaluateAsync<double>("""
            async () => {
              const log = document.querySelector('#log'), frame = () => new Promise(done => requestAnimationFrame(done));
              let worst = 0;
              for (let turns = 0; document.querySelectorAll('.m').length < 500 && turns < 3000; turns++) {
                if (log.scrollTop > 100) log.scrollTop -= 150;
                await frame();
                const pane = log.getBoundingClientRect(), mark = [...log.querySelectorAll('.m')].find(node => node.getBoundingClientRect().top > pane.top);
                const before = mark.getBoundingClientRect().top, count = log.querySelectorAll('.m').length;
                await frame();
                if (log.querySelectorAll('.m').length > count) worst = Math.max(worst, Math.abs(mark.getBoundingClientRect().top - before));
              }
              return worst;
            }
            """);

        jump.Should().BeLessThan(2);
        (await Bubbles(owner).EvaluateAllAsync<string[]>("all => all.map(one => one.lastChild.data)")).Should().Equal(Enumerable.Range(1, 500).Select(n => $"Message {n} of visitor 0"));
        await Expect(Bubbles(owner).Last).Not.ToBeInViewportAsync();
        await (await SomebodyAsync("Jo")).PostAsync("Elsewhere");
        await Expect(owner.Locator("#pill")).ToBeHiddenAsync();
        await _mia.ReplyAsync(await owner.EvaluateAsync<string>("location.hash.slice(6)"), "Number 501");
        await owner.Locator("#pill").ClickAsync();
        await Expect(Bubbles(owner).Last).ToContainTextAsync("Number 501");
        await Expect(Bubbles(owner).Last).ToBeInViewportAsync();
    }

    /// <summary>Visitors by the hundred, a second between two hundreds; the last ones have written last.</summary>
    private async Task CrowdAsync(int visitors, int messages)
    {
        var desk = _server.Get<ChatDesk>();
        var ids = await _server.Database.WriteAsync(tx => Enumerable.Range(0, visitors).Select(n =>
        {
            var id = Users.Create(tx, null);
            Users.Describe(tx, id, null, $"Visitor {n}");
            ChatDesk.Open(tx, id);
            return id;
        }).ToArray());
        foreach (var some in Enumerable.Range(0, visitors).Chunk(100))
        {
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
            foreach (var posted in await Task.WhenAll(some.SelectMany(n => Enumerable.Range(1, messages).Select(m => desk.PostAsUserAsync(ids[n], $"Message {m} of visitor {n}", null)))))
                posted.Is(out _, out var refusal).Should().BeTrue(refusal?.Message);
        }
    }
}
