using System.Globalization;
using LeanChat.Chats;
using LeanChat.Mail;

namespace LeanChat.Tests;

/// <summary>How much one user may say and how many users one address may be: no more, and no less.</summary>
public sealed class LimitSpecs
{
    [Fact]
    public async Task Twenty_at_once_then_one_a_second()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        for (var each = 0; each < 20; each++)
            (await visitor.PostAsync($"{each}")).Status.Should().Be(201, $"message {each} is within the burst");

        Refused(await visitor.PostAsync("One too many"), seconds: 1);
        (await StoredAsync(server)).Should().Be(20);

        server.Clock.Advance(TimeSpan.FromMilliseconds(900));
        Refused(await visitor.PostAsync("Still one too many"), seconds: 1);
        server.Clock.Advance(TimeSpan.FromMilliseconds(100));
        (await visitor.PostAsync("Now")).Status.Should().Be(201);
        Refused(await visitor.PostAsync("But not two"), seconds: 1);

        server.Clock.Advance(TimeSpan.FromHours(1));
        for (var each = 0; each < 20; each++)
            (await visitor.PostAsync($"{each}")).Status.Should().Be(201, "the bucket is full again");
        Refused(await visitor.PostAsync("And holds no more than twenty"), seconds: 1);
    }

    [Fact]
    public async Task Whoever_keeps_asking_gets_sixty_a_minute()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        for (var half = 0; half < 120; half++)
        {
            await visitor.PostAsync("More");
            server.Clock.Advance(TimeSpan.FromMilliseconds(500));
        }

        (await StoredAsync(server)).Should().BeInRange(76, 84, "a burst of 20 and 60 in the minute, within 5 %");
    }

    [Fact]
    public async Task A_burst_all_at_once_gets_no_more()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => visitor.PostAsync($"{number}", $"c{number}")));

        replies.Count(reply => reply.Status == 201).Should().Be(20);
        replies.Count(reply => reply.Status == 429).Should().Be(40);
        (await StoredAsync(server)).Should().Be(20);
    }

    [Fact]
    public async Task A_retry_of_what_is_stored_costs_nothing()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        for (var each = 0; each < 15; each++)
        {
            (await visitor.PostAsync($"{each}", $"c{each}")).Status.Should().Be(201);
            (await visitor.PostAsync($"{each}", $"c{each}")).Status.Should().Be(200);
            (await visitor.PostAsync(" ")).Status.Should().Be(422);
            (await visitor.PostAsync("Something else", $"c{each}")).Status.Should().Be(409);
        }

        for (var each = 15; each < 20; each++)
            (await visitor.PostAsync($"{each}", $"c{each}")).Status.Should().Be(201);

        Refused(await visitor.PostAsync("20", "c20"), seconds: 1);
        (await visitor.PostAsync("7", "c7")).Status.Should().Be(200, "a retry is answered even now");
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        (await visitor.PostAsync("20", "c20")).Status.Should().Be(201, "what was refused may be sent again under its client_id");
    }

    [Fact]
    public async Task A_message_whose_group_has_to_run_twice_counts_once()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=3");
        var visitor = await server.VisitorAsync();
        using var gate = new Gate(server.Database);
        var posted = server.Get<ChatCommands>().PostAsUserAsync(visitor.UserId, "The one that there may be", null);
        var failing = server.Database.WriteAsync<bool>(_ => throw new InvalidOperationException("It shares the commit."));
        gate.Open();

        (await posted).Is(out _, out var error).Should().BeTrue(error?.Message);
        await FluentActions.Awaiting(() => failing).Should().ThrowAsync<InvalidOperationException>();
        Refused(await visitor.PostAsync("One too many"), seconds: 20);
    }

    [Fact]
    public async Task A_retry_whose_group_has_to_run_twice_is_free_and_no_more()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=6");
        var visitor = await server.VisitorAsync();
        (await visitor.PostAsync("One of the two that there may be", "c1")).Status.Should().Be(201);
        using var gate = new Gate(server.Database);
        var again = server.Get<ChatCommands>().PostAsUserAsync(visitor.UserId, "One of the two that there may be", "c1");
        var failing = server.Database.WriteAsync<bool>(_ => throw new InvalidOperationException("It shares the commit."));
        gate.Open();

        (await again).Is(out _, out var error).Should().BeTrue(error?.Message);
        await FluentActions.Awaiting(() => failing).Should().ThrowAsync<InvalidOperationException>();
        (await visitor.PostAsync("The other one")).Status.Should().Be(201);
        Refused(await visitor.PostAsync("One too many"), seconds: 10);
    }

    [Fact]
    public async Task A_message_that_finds_the_disk_full_does_not_count()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=3");
        var visitor = await server.VisitorAsync();
        var content = new string('x', 5000);
        await LimitPagesAsync(1);
        (await visitor.PostAsync(content)).Error.Should().Be("storage_full");
        (await visitor.PostAsync(content)).Error.Should().Be("storage_full", "it was not the limit");
        await LimitPagesAsync(1 << 30);

        (await visitor.PostAsync(content)).Status.Should().Be(201);
        Refused(await visitor.PostAsync("One too many"), seconds: 20);

        // SQLite takes a limit below what it has as no more than it has.
        Task LimitPagesAsync(int most) => server.Database.WriteAsync(tx =>
        {
            using var command = tx.Connection.CreateCommand();
            command.CommandText = $"pragma max_page_count = {most}";
            return command.ExecuteScalar();
        });
    }

    [Fact]
    public async Task All_ways_of_one_user_count_together()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        var key = await server.Database.WriteAsync(tx => ChatKeyStore.New(tx, visitor.ChatId));
        var phone = visitor.Elsewhere((string)(await visitor.RequestAsync(HttpMethod.Post, "/open", new { key })).Json!["token"]!);
        await using var widget = await visitor.OpenAsync();
        await using var second = await phone.OpenAsync();
        for (var each = 0; each < 5; each++)
        {
            (await visitor.PostAsync("By HTTP")).Status.Should().Be(201);
            (await phone.PostAsync("By HTTP, elsewhere")).Status.Should().Be(201);
            await widget.SayAsync(new { action = "send_message", content = "By socket", client_id = $"w{each}" });
            await widget.HearAsync("new_message", frame => (string?)frame["message"]!["client_id"] == $"w{each}");
            await second.SayAsync(new { action = "send_message", content = "By socket, elsewhere", client_id = $"p{each}" });
            await second.HearAsync("new_message", frame => (string?)frame["message"]!["client_id"] == $"p{each}");
        }

        Refused(await visitor.PostAsync("One more"), seconds: 1);
        Refused(await phone.PostAsync("One more"), seconds: 1);
        foreach (var socket in (Conversation[])[widget, second])
        {
            await socket.SayAsync(new { action = "send_message", content = "One more", client_id = "x" });
            var error = await socket.HearAsync("error");
            ((string)error["code"]!).Should().Be("too_many_requests");
            ((string)error["client_id"]!).Should().Be("x");
            ((long)error["retry_after_ms"]!).Should().BeInRange(1, 1000);
        }

        (await StoredAsync(server)).Should().Be(20);
    }

    [Fact]
    public async Task One_users_limit_is_nobody_elses()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        var (ada, bob) = (await server.VisitorAsync(), await server.VisitorAsync());
        for (var each = 0; each < 21; each++)
            await ada.PostAsync($"{each}");

        (await bob.PostAsync("Hello!")).Status.Should().Be(201);
        for (var each = 0; each < 30; each++)
            (await mia.ReplyAsync(ada.ChatId, $"{each}")).Status.Should().Be(201, "who answers is not limited");
        Refused(await ada.PostAsync("One more"), seconds: 1);
    }

    [Fact]
    public async Task The_owner_says_how_many()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=6");
        var visitor = await server.VisitorAsync();
        for (var each = 0; each < 20 && (await visitor.PostAsync($"{each}")).Status == 201; each++)
        {
        }

        Refused(await visitor.PostAsync("One more"), seconds: 10);
        server.Clock.Advance(TimeSpan.FromSeconds(10));
        (await visitor.PostAsync("Now")).Status.Should().Be(201);
        Refused(await visitor.PostAsync("One more"), seconds: 10);
    }

    [Fact]
    public async Task Nought_is_no_limit()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");
        var visitor = await server.VisitorAsync();

        (await Task.WhenAll(Enumerable.Range(0, 100).Select(number => visitor.PostAsync($"{number}"))))
            .Should().OnlyContain(reply => reply.Status == 201);
        (await Task.WhenAll(Enumerable.Range(0, 110).Select(_ => new Visitor(server).GetAsync(""))))
            .Should().OnlyContain(reply => reply.Status == 200);
    }

    [Fact]
    public async Task An_address_may_be_a_hundred_new_users_an_hour()
    {
        await using var server = await LeanChatServer.StartAsync();
        var known = await server.VisitorAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => new Visitor(server).GetAsync("")));

        replies.Count(reply => reply.Status == 200).Should().Be(99);
        Refused(replies.First(reply => reply.Status == 429), seconds: 3600);
        (await server.QueryAsync("select count(*) from users")).Should().Equal("100");
        (await known.GetAsync("")).Status.Should().Be(200, "who is known already may come in");

        server.Clock.Advance(TimeSpan.FromMinutes(59));
        Refused(await new Visitor(server).GetAsync(""), seconds: 60);
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        (await new Visitor(server).GetAsync("")).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("203.0.113.1", "203.0.113.1", true)]
    [InlineData("203.0.113.1", "203.0.113.2", false)]
    [InlineData("203.0.113.1", "203.0.113.1:4711", true)]
    [InlineData("203.0.113.1", "::ffff:203.0.113.1", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:0:1::1", "[2001:db8:0:1::2]:4711", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("203.0.113.1", "198.51.100.7, 203.0.113.1", true)]
    [InlineData("203.0.113.1", "203.0.113.1, 198.51.100.7", false)]
    [InlineData("203.0.113.1", "198.51.100.7, 203.0.113.1, 127.0.0.1", true)]
    public async Task Behind_a_proxy_of_ours_the_forwarded_address_counts(string first, string second, bool same)
    {
        await using var server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=2");
        (await ArriveFromAsync(server, first)).Should().Be(200);
        (await ArriveFromAsync(server, first)).Should().Be(200);
        (await ArriveFromAsync(server, first)).Should().Be(429);

        (await ArriveFromAsync(server, second)).Should().Be(same ? 429 : 200);
    }

    [Fact]
    public async Task What_somebody_writes_before_our_proxy_counts_for_nothing()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=5");

        var statuses = await Task.WhenAll(
            Enumerable.Range(1, 30).Select(number => ArriveFromAsync(server, $"10.0.0.{number}, 203.0.113.1")));

        statuses.Count(status => status == 200).Should().Be(5);
    }

    [Fact]
    public async Task A_proxy_that_is_named_is_looked_through()
    {
        await using var server = await LeanChatServer.StartAsync(
            "Limits:NewUsersPerHour=1", "TrustedProxies=127.0.0.1,10.0.0.0/8,192.0.2.1");

        (await ArriveFromAsync(server, "203.0.113.1, 10.1.2.3")).Should().Be(200);
        (await ArriveFromAsync(server, "203.0.113.2, 10.1.2.3")).Should().Be(200);
        (await ArriveFromAsync(server, "203.0.113.3, 192.0.2.1")).Should().Be(200);
        (await ArriveFromAsync(server, "203.0.113.1, 10.9.9.9, 192.0.2.1")).Should().Be(429);
        (await ArriveFromAsync(server, "203.0.113.4, 192.0.2.2")).Should().Be(200);
        (await ArriveFromAsync(server, "203.0.113.5, 192.0.2.2")).Should().Be(429, "that proxy is nobody we know");
    }

    private static async Task<int> ArriveFromAsync(LeanChatServer server, string forwarded) =>
        (await server.AskAsync(HttpMethod.Get, "/support_chat", null, ("X-Forwarded-For", forwarded))).Status;

    private static async Task<int> StoredAsync(LeanChatServer server) =>
        int.Parse((await server.QueryAsync("select count(*) from support_messages")).Single(), CultureInfo.InvariantCulture);

    private static void Refused(Reply reply, int seconds)
    {
        reply.Status.Should().Be(429, reply.Text);
        reply.Error.Should().Be("too_many_requests");
        reply.Header("Retry-After").Should().Be(seconds.ToString(CultureInfo.InvariantCulture));
    }
}
