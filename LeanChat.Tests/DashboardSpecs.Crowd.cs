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
    public async Task One_tab_too_many_waits_until_it_is_seen_and_then_half_a_minute()
    {
        var owner = await OwnerAsync(ready: false);
        var calls = 0;
        await owner.RouteWebSocketAsync(new Regex("/ws/admin$"), socket =>
        {
            calls++;
            _ = socket.CloseAsync(new() { Code = 4409 });
        });
        await owner.AddInitScriptAsync("Object.defineProperty(document, 'hidden', { get: () => !window.shown });");
        await owner.Clock.InstallAsync();
        await owner.ReloadAsync();
        await Eventually.IsTrueAsync(() => calls == 1);

        await PassAsync(120);
        calls.Should().Be(1, "nobody sees it");
        await owner.EvaluateAsync("window.shown = true; document.dispatchEvent(new Event('visibilitychange'))");
        await Eventually.IsTrueAsync(() => calls == 2);
        await PassAsync(25);
        calls.Should().Be(2);
        await PassAsync(10);
        await Eventually.IsTrueAsync(() => calls == 3);

        // In steps: what comes by the socket comes in between.
        async Task PassAsync(int seconds)
        {
            for (var passed = 0; passed < seconds; passed += 5)
                await owner.Clock.RunForAsync(5000);
        }
    }

    [BrowserFact]
    public async Task A_thousand_conversations_are_usable_at_once()
    {
        await CrowdAsync(1000, messages: 1);
        var owner = await OwnerAsync(ready: false, hash: "#none");
        await owner.ReloadAsync(new() { WaitUntil = WaitUntilState.Commit });
        await Expect(Rows(owner)).ToHaveCountAsync(50);
        await Expect(owner.Locator("#tab-active")).ToHaveTextAsync("Active 1000");
        await Expect(owner).ToHaveTitleAsync("(1000) Inbox – LeanChat");
        await Expect(Names(owner).First).ToHaveTextAsync(new Regex("^Visitor 9..$"));

        await owner.EvaluateAsync("""
            async () => {
              const pane = document.querySelector('#rows-p'), frame = () => new Promise(done => requestAnimationFrame(done));
              for (let frames = 0; document.querySelectorAll('.row').length < 400 && frames < 2000; frames++) {
                pane.scrollTop += 400;
                await frame();
              }
            }
            """);
        (await Rows(owner).CountAsync()).Should().BeGreaterThanOrEqualTo(400);
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
                const pane = log.getBoundingClientRect();
                const mark = [...log.querySelectorAll('.m')].find(node => node.getBoundingClientRect().top > pane.top);
                const before = mark.getBoundingClientRect().top, count = log.querySelectorAll('.m').length;
                await frame();
                if (log.querySelectorAll('.m').length > count) worst = Math.max(worst, Math.abs(mark.getBoundingClientRect().top - before));
              }
              return worst;
            }
            """);

        jump.Should().BeLessThan(2);
        (await Bubbles(owner).EvaluateAllAsync<string[]>("all => all.map(one => one.lastChild.data)"))
            .Should().Equal(Enumerable.Range(1, 500).Select(n => $"Message {n} of visitor 0"));
        await Expect(Bubbles(owner).Last).Not.ToBeInViewportAsync();
        await (await SomebodyAsync("Jo")).PostAsync("Elsewhere");
        await Expect(owner.Locator("#pill")).ToBeHiddenAsync();
        await _mia.ReplyAsync(await owner.EvaluateAsync<string>("location.hash.slice(6)"), "Number 501");
        await owner.Locator("#pill").ClickAsync();
        await Expect(Bubbles(owner).Last).ToContainTextAsync("Number 501");
        await Expect(Bubbles(owner).Last).ToBeInViewportAsync();
    }

    [BrowserFact]
    public async Task A_hundred_thousand_conversations_feel_like_ten()
    {
        await SeedAsync(100_000, 100_000);
        var owner = await OwnerAsync(ready: false);
        await owner.ReloadAsync(new() { WaitUntil = WaitUntilState.Commit });
        await Expect(Rows(owner)).ToHaveCountAsync(50);
        await Expect(owner.Locator("#tab-active")).ToHaveTextAsync("Active 100001");
        await Expect(Names(owner).First).ToHaveTextAsync("Long Story");

        // Far down by the cursor: every row once, in order.
        await owner.EvaluateAsync("""
            async () => {
              const pane = document.querySelector('#rows-p'), frame = () => new Promise(done => requestAnimationFrame(done));
              for (let frames = 0; document.querySelectorAll('.row').length < 1000 && frames < 3000; frames++) {
                pane.scrollTop = pane.scrollHeight;
                await frame();
              }
            }
            """);
        var names = await Names(owner).AllTextContentsAsync();
        names.Should().HaveCountGreaterThanOrEqualTo(1000);
        names.Skip(1).Should().Equal(Enumerable.Range(0, names.Count - 1).Select(n => $"Visitor {100_000 - n}"));
        await owner.EvaluateAsync("document.querySelector('#rows-p').scrollTop = 0");

        // One of them is a hundred thousand messages long.
        await Names(owner).First.ClickAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(50);
        await Expect(Bubbles(owner).Last).ToContainTextAsync("Line 100000 of the story");
        await Expect(Bubbles(owner).Last).ToBeInViewportAsync();
        await owner.EvaluateAsync("""
            async () => {
              const log = document.querySelector('#log'), frame = () => new Promise(done => requestAnimationFrame(done));
              for (let frames = 0; document.querySelectorAll('#log .m').length < 300 && frames < 3000; frames++) {
                log.scrollTop = 0;
                await frame();
              }
            }
            """);
        var lines = await Bubbles(owner).EvaluateAllAsync<string[]>("all => all.map(one => one.lastChild.data)");
        lines.Should().Equal(Enumerable.Range(100_001 - lines.Length, lines.Length).Select(n => $"Line {n} of the story"));

        // Two needles: one deep in the long story, one in a far-away conversation; and a word that everybody has used.
        await owner.Locator("#q").FillAsync("needle");
        await Expect(Names(owner)).ToHaveTextAsync(["Long Story", "Visitor 77"]);
        await Expect(Rows(owner).First.Locator("mark")).ToHaveTextAsync("needle");
        await owner.Locator("#q").FillAsync("everybody");
        await Expect(Rows(owner)).ToHaveCountAsync(50);
        await owner.Locator("#q").FillAsync("");
        await Expect(Names(owner).First).ToHaveTextAsync("Long Story");

        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Is there room for one more?");
        await Expect(Names(owner).First).ToHaveTextAsync("Jo");
    }

    /// <summary>Conversations of one message each, and one long one, straight into the tables: in seconds, where posting
    /// would take minutes.</summary>
    private async Task SeedAsync(int chats, int messages)
    {
        string[] steps =
        [
            """
            create temp table n as
            with recursive n (i) as (select 1 union all select i + 1 from n where i < max(@chats, @messages)) select i from n
            """,
            """
            insert into users (id, name, created_at)
            select printf('%08x-0000-7000-8000-000000000001', i), 'Visitor ' || i, '2026-11-20T00:00:00.000Z' from n where i <= @chats
            union all select '00000000-0000-7000-8000-000000000001', 'Long Story', '2026-11-20T00:00:00.000Z'
            """,
            """
            insert into support_chats
              (id, user_id, created_at, last_seq, last_user_seq, message_count, last_message_at, last_message_preview,
              last_message_sender, unread_count, unread)
            select printf('%08x-0000-7000-8000-000000000002', i), printf('%08x-0000-7000-8000-000000000001', i),
              '2026-11-20T00:00:00.000Z', 1, 1, 1,
              strftime('%Y-%m-%dT%H:%M:%fZ', '2026-11-20', '+' || i || ' seconds'), 'What everybody asks', 'user', 1, 1
            from n where i <= @chats
            union all select '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001',
              '2026-11-20T00:00:00.000Z', @messages, @messages, @messages,
              strftime('%Y-%m-%dT%H:%M:%fZ', '2026-11-22', '+' || (@messages / 10.0) || ' seconds'),
              'Line ' || @messages || ' of the story', 'user', 0, 0
            """,
            """
            insert into support_messages (id, chat, seq, sender_type, sender_id, content, created_at)
            select printf('%08x-0000-7000-8000-000000000003', i), c.row, 1, 'user', printf('%08x-0000-7000-8000-000000000001', i),
              iif(i = 77, 'A needle in the hay', 'What everybody asks'),
              strftime('%Y-%m-%dT%H:%M:%fZ', '2026-11-20', '+' || i || ' seconds')
            from n join support_chats c on c.id = printf('%08x-0000-7000-8000-000000000002', i) where i <= @chats
            """,
            """
            insert into support_messages (id, chat, seq, sender_type, sender_id, content, read_at, created_at)
            select printf('%08x-0000-7000-8000-000000000004', i), c.row, i, iif(i % 2, 'admin', 'user'),
              iif(i % 2, 'x', '00000000-0000-7000-8000-000000000001'),
              iif(i = 777, 'Another needle', 'Line ' || i || ' of the story'), '2026-11-22T08:00:00.000Z',
              strftime('%Y-%m-%dT%H:%M:%fZ', '2026-11-22', '+' || (i / 10.0) || ' seconds')
            from n join support_chats c on c.id = '00000000-0000-7000-8000-000000000002' where i <= @messages
            """,
            // What the server would do bit by bit.
            "insert or replace into message_words (rowid, words) select row, lower(content) from support_messages",
            "insert or replace into user_words (rowid, email, name) select row, '', "
            + "lower(name) from users where name like 'Visitor %' or name = 'Long Story'",
            "update search_index set to_row = (select max(row) from support_messages) where name = 'messages'",
            "drop table n",
        ];
        await _server.Database.WriteAsync(tx =>
        {
            foreach (var sql in steps)
            {
                using var command = tx.Connection.CreateCommand();
                command.CommandText = sql;
                foreach (var (name, value) in ((string, int)[])[("@chats", chats), ("@messages", messages)])
                {
                    var parameter = command.CreateParameter();
                    (parameter.ParameterName, parameter.Value) = (name, value);
                    command.Parameters.Add(parameter);
                }

                command.ExecuteNonQuery();
            }

            return true;
        });
    }

    /// <summary>Visitors by the hundred, a second between two hundreds; the last ones have written last.</summary>
    private async Task CrowdAsync(int visitors, int messages)
    {
        var commands = _server.Get<ChatCommands>();
        var ids = await _server.Database.WriteAsync(tx => Enumerable.Range(0, visitors).Select(n =>
        {
            var id = UserStore.Create(tx, new People.ClientHeaders());
            UserStore.Describe(tx, id, null, $"Visitor {n}");
            ChatCommands.Open(tx, id);
            return id;
        }).ToArray());
        foreach (var some in Enumerable.Range(0, visitors).Chunk(100))
        {
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
            foreach (var posted in await Task.WhenAll(some.SelectMany(
                n => Enumerable.Range(1, messages).Select(m => commands.PostAsUserAsync(ids[n], $"Message {m} of visitor {n}", null)))))
                posted.Is(out _, out var error).Should().BeTrue(error?.Message);
        }
    }
}
