namespace LeanChat.Tests;

/// <summary>A visitor writes, the owner answers.</summary>
public sealed class ConversationSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_a_visitor_writes_is_acknowledged_and_reaches_the_owner_at_once()
    {
        var mia = await _server.AdminAsync();
        await using var dashboard = await mia.WatchAsync();
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        await widget.SayAsync(new { action = "send_message", content = "Is the blue one back? 👋", client_id = "c1" });

        var echo = (await widget.HearAsync("new_message"))["message"]!;
        ((string)echo["client_id"]!).Should().Be("c1");
        ((long)echo["seq"]!).Should().Be(1);
        var seen = await dashboard.HearAsync("new_user_message");
        ((string)seen["message"]!["id"]!).Should().Be((string)echo["id"]!);
        ((string)seen["chat_id"]!).Should().Be(visitor.ChatId);
        var row = (await dashboard.HearAsync("chat_updated"))["chat"]!;
        ((bool)row["unread"]!).Should().BeTrue();
        ((string)row["last_message_preview"]!).Should().Be("Is the blue one back? 👋");
    }

    [Fact]
    public async Task What_the_owner_answers_reaches_the_visitor_at_once()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello?");
        await using var widget = await visitor.OpenAsync(after: 1);
        await using var commands = await mia.JoinAsync(visitor.ChatId);

        await commands.SayAsync(new { action = "send_message", content = "Hi!", client_id = "a1" });

        var answer = (await widget.HearAsync("new_message"))["message"]!;
        ((string)answer["sender_name"]!).Should().Be("Mia");
        ((string)answer["sender_type"]!).Should().Be("admin");
        ((string)(await commands.HearAsync("new_message"))["message"]!["client_id"]!).Should().Be("a1");
    }

    [Fact]
    public async Task Two_tabs_and_the_desk_hear_the_same_messages_in_the_same_order()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await using var phone = await visitor.OpenAsync();
        await using var laptop = await visitor.OpenAsync();
        await using var commands = await mia.JoinAsync(visitor.ChatId);

        await Task.WhenAll(SpeakAsync(phone, "p"), SpeakAsync(laptop, "l"), SpeakAsync(commands, "d"));
        foreach (var socket in (Conversation[])[phone, laptop, commands])
        {
            await socket.HearSeqAsync(24);
            await socket.SettleAsync();
        }

        phone.Seqs.Should().Equal(Enumerable.Range(1, 24).Select(seq => (long)seq));
        Said(laptop).Should().Equal(Said(phone));
        Said(commands).Should().Equal(Said(phone));
        Said(phone).Where(said => said.StartsWith('l'))
            .Should().Equal(Enumerable.Range(1, 8).Select(each => $"l{each}"), "each sender's own order is kept");

        static async Task SpeakAsync(Conversation socket, string who)
        {
            for (var each = 1; each <= 8; each++)
                await socket.SayAsync(new { action = "send_message", content = $"{who}{each}", client_id = $"{who}{each}" });
            await socket.HearAsync("new_message", frame => (string?)frame["message"]!["client_id"] == $"{who}8");
        }
    }

    [Fact]
    public async Task Every_tab_and_every_admin_hears_a_message_once()
    {
        var mia = await _server.AdminAsync();
        var leo = await _server.AdminAsync("leo@example.com", "Leo");
        var visitor = await _server.VisitorAsync();
        var other = await _server.VisitorAsync();
        await using var first = await visitor.OpenAsync();
        await using var second = await visitor.OpenOwnPageAsync();
        await using var elsewhere = await other.OpenAsync();
        await using var miasDesk = await mia.JoinAsync(visitor.ChatId);
        await using var leosDesk = await leo.JoinAsync(visitor.ChatId);
        await using var miasBoard = await mia.WatchAsync();
        await using var leosBoard = await leo.WatchAsync();

        await first.SendAsync("Anybody?", "c1");
        await miasDesk.SendAsync("Me.", "c1");

        foreach (var socket in (Conversation[])[first, second, miasDesk, leosDesk])
        {
            await socket.HearSeqAsync(2);
            await socket.SettleAsync();
            Said(socket).Should().Equal("Anybody?", "Me.");
        }

        foreach (var board in (Conversation[])[miasBoard, leosBoard])
        {
            await board.HearAsync("chat_updated", frame => (string?)frame["chat"]!["last_message_sender"] == "admin");
            await board.SettleAsync();
            board.Of("new_user_message").Should().ContainSingle().Which["message"]!["content"]!.ToString().Should().Be("Anybody?");
            board.Of("chat_updated").Select(frame => (string)frame["chat"]!["last_message_sender"]!).Should().Equal("user", "admin");
        }

        await elsewhere.SettleAsync();
        elsewhere.Messages.Should().BeEmpty("a chat is between two sides");
    }

    [Fact]
    public async Task A_chat_that_is_archived_and_restored_moves_on_every_dashboard()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Thanks, bye!");
        await using var one = await mia.WatchAsync();
        await using var two = await mia.WatchAsync();

        (await mia.PostAsync($"/chats/{visitor.ChatId}/archive")).Status.Should().Be(200);
        (await mia.PostAsync($"/chats/{visitor.ChatId}/unarchive")).Status.Should().Be(200);

        foreach (var board in (Conversation[])[one, two])
        {
            ((bool)(await board.HearAsync("chat_updated"))["chat"]!["archived"]!).Should().BeTrue();
            ((bool)(await board.HearAsync("chat_updated"))["chat"]!["archived"]!).Should().BeFalse();
        }
    }

    [Fact]
    public async Task A_visitor_who_writes_again_brings_an_archived_chat_back()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Thanks, bye!");
        await mia.PostAsync($"/chats/{visitor.ChatId}/archive");
        (await mia.ListAsync()).Should().BeEmpty();
        await using var one = await mia.WatchAsync();
        await using var two = await mia.WatchAsync();
        await using var widget = await visitor.OpenAsync();

        await widget.SendAsync("One more thing", "c2");

        foreach (var board in (Conversation[])[one, two])
            ((bool)(await board.HearAsync("chat_updated", frame => (long)frame["chat"]!["message_count"]! == 2))["chat"]!["archived"]!)
                .Should().BeFalse();
        (await mia.ListAsync()).Should().ContainSingle();
        (await mia.ListAsync("?archived=true")).Should().BeEmpty();
    }

    [Fact]
    public async Task An_answer_leaves_an_archived_chat_where_it_is()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Thanks, bye!");
        await mia.PostAsync($"/chats/{visitor.ChatId}/archive");

        (await mia.ReplyAsync(visitor.ChatId, "Bye!")).Status.Should().Be(201);

        (await mia.ListAsync()).Should().BeEmpty();
        (await mia.ListAsync("?archived=true")).Should().ContainSingle();
    }

    [Fact]
    public async Task A_message_sent_again_on_the_same_socket_is_answered_again_there_alone()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        await using var other = await visitor.OpenAsync();
        await widget.SendAsync("Hello", "c1");

        await widget.SayAsync(new { action = "send_message", content = "Hello", client_id = "c1" });
        await widget.SettleAsync();
        await other.HearSeqAsync(1);
        await other.SettleAsync();

        widget.Seqs.Should().Equal(1, 1);
        other.Seqs.Should().Equal(1);
        widget.Of("error").Should().BeEmpty();
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task A_message_sent_again_on_a_new_socket_is_acknowledged_again_there_alone()
    {
        var visitor = await _server.VisitorAsync();
        await using var tab = await visitor.OpenAsync();
        await visitor.PostAsync("Hello", "c1");
        await tab.HearSeqAsync(1);
        await using var reconnected = await visitor.OpenAsync();

        var echo = await reconnected.SendAsync("Hello", "c1");

        ((long)echo["seq"]!).Should().Be(1);
        await tab.SettleAsync();
        tab.Seqs.Should().Equal(1);
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task A_message_that_a_reconnect_replays_is_still_answered_when_it_is_sent_again()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello", "c1");
        await using var reconnected = await visitor.OpenAsync(after: 0);

        await reconnected.SayAsync(new { action = "send_message", content = "Hello", client_id = "c1" });
        await reconnected.SettleAsync();

        reconnected.Seqs.Should().Equal(1, 1);
        reconnected.Messages.Select(message => (string)message["id"]!).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task A_message_from_two_tabs_at_once_under_one_client_id_is_one_message()
    {
        var visitor = await _server.VisitorAsync();
        await using var one = await visitor.OpenAsync();
        await using var two = await visitor.OpenAsync();

        var echoes = await Task.WhenAll(one.SendAsync("Hello", "same"), two.SendAsync("Hello", "same"));
        await Task.WhenAll(one.SettleAsync(), two.SettleAsync());

        echoes.Select(echo => (long)echo["seq"]!).Should().Equal(1, 1);
        // Both hear the one message; the later of them is also answered, by itself.
        one.Seqs.Concat(two.Seqs).Should().Equal(1, 1, 1);
    }

    [Fact]
    public async Task The_two_sides_may_use_the_same_client_id()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();

        (await visitor.PostAsync("Ping", "1")).Status.Should().Be(201);
        (await mia.ReplyAsync(visitor.ChatId, "Pong", "1")).Status.Should().Be(201);

        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().HaveCount(2);
    }

    [Fact]
    public async Task What_is_said_before_ready_is_acknowledged_too()
    {
        // A widget may send what it has kept as soon as the line is open; where a replay and live meet, nothing may fall through.
        var visitor = await _server.VisitorAsync();
        for (var each = 1; each <= 20; each++)
        {
            await using var widget = await visitor.ConnectAsync();
            await widget.SayAsync(new { action = "auth", token = visitor.Token });
            await widget.SayAsync(new { action = "send_message", content = "At once", client_id = $"c{each}" });

            var echo = await widget.HearAsync("new_message", frame => (string?)frame["message"]!["client_id"] == $"c{each}");
            ((long)echo["message"]!["seq"]!).Should().Be(each);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\n\t\u2003\u3000")]
    [InlineData(null)]
    public async Task Nothing_but_blanks_is_ignored_without_a_client_id_and_refused_with_one(string? content)
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        await widget.SayAsync(new { action = "send_message", content });
        await widget.SettleAsync();
        widget.All.Select(frame => (string)frame["type"]!).Should().Equal("ready", "pong");

        await widget.SayAsync(new { action = "send_message", content, client_id = "c1" });
        var error = await widget.HearAsync("error");
        ((string)error["code"]!).Should().Be("empty_content");
        ((string)error["client_id"]!).Should().Be("c1");
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task Another_text_under_a_used_client_id_is_a_conflict()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        await using var commands = await mia.JoinAsync(visitor.ChatId);
        await widget.SendAsync("One", "c1");
        await commands.SendAsync("Two", "c1");
        await widget.HearAsync("new_message", frame => (string)frame["message"]!["content"]! == "Two");

        foreach (var socket in (Conversation[])[widget, commands])
        {
            await socket.SayAsync(new { action = "send_message", content = "Three", client_id = "c1" });
            var error = await socket.HearAsync("error");
            ((string)error["code"]!).Should().Be("client_id_conflict");
            ((string)error["client_id"]!).Should().Be("c1");
        }

        Said(widget).Should().Equal("One", "Two");
    }

    [Fact]
    public async Task A_message_has_at_most_5000_characters_however_many_bytes_they_are()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        (await widget.SendAsync(string.Concat(Enumerable.Repeat("👋", 5000)), "fits"))["content"]!.ToString().Should().HaveLength(10_000);
        await widget.SayAsync(new { action = "send_message", content = new string('x', 5001), client_id = "long" });

        var error = await widget.HearAsync("error");
        ((string)error["code"]!).Should().Be("content_too_long");
        ((string)error["client_id"]!).Should().Be("long");
        await widget.SettleAsync();
        widget.Seqs.Should().Equal(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tab\t")]
    [InlineData("naïve")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_client_id_that_breaks_its_rules_is_refused_and_not_echoed(string clientId)
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        await widget.SayAsync(new { action = "send_message", content = "Hello", client_id = clientId });

        var error = await widget.HearAsync("error");
        ((string)error["code"]!).Should().Be("bad_request");
        ((string?)error["client_id"]).Should().BeNull();
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task Times_rise_with_seq_also_while_the_clock_stands_still_or_steps_back()
    {
        // Turning the clock back also turns back what the limit measures by, which a real clock does not.
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0");
        var visitor = await server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        for (var each = 1; each <= 5; each++)
            await widget.SendAsync("now", $"a{each}");
        server.Clock.AdjustTime(server.Clock.GetUtcNow() - TimeSpan.FromHours(1));
        for (var each = 1; each <= 5; each++)
            await widget.SendAsync("then", $"b{each}");

        var times = widget.Messages.Select(message => (string)message["created_at"]!).ToList();
        times.Should().OnlyHaveUniqueItems().And.BeInAscendingOrder(StringComparer.Ordinal);
        times.Should().AllSatisfy(time => time.Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"));
    }

    [Fact]
    public async Task What_is_said_comes_back_exactly_as_it_was_said()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        const string Odd = " <b>\"quoted\"</b> & \\ \u0001 \u2028 \r\n שלום 👩‍👩‍👧 e\u0301 ";

        ((string)(await widget.SendAsync(Odd, "c1"))["content"]!).Should().Be(Odd);
        ((string)(await visitor.GetAsync("/messages")).Json![0]!["content"]!).Should().Be(Odd);
    }

    [Fact]
    public async Task The_null_character_is_dropped_before_anything_is_stored()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        var mia = await _server.AdminAsync();

        ((string)(await widget.SendAsync("a\0b", "c1"))["content"]!).Should().Be("ab");
        ((string)(await widget.SendAsync("ab\0", "c1"))["content"]!).Should().Be("ab", "the same words again are a retry");
        (await visitor.PostAsync("\0 \0", "c2")).Error.Should().Be("empty_content");
        var reply = await mia.PostAsync($"/chats/{visitor.ChatId}/messages", new { content = "\0Hel\0lo" });
        ((string)reply.Json!["content"]!).Should().Be("Hello");
        ((string)(await mia.PostAsync($"/chats/{visitor.ChatId}/notes", new { content = "No\0te" })).Json!["content"]!).Should().Be("Note");
        ((string)(await mia.PostAsync("/canned_replies", new { shortcut = "ship", content = "Mon\0days" })).Json!["content"]!)
            .Should().Be("Mondays");
        await mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["AppName"] = "Sh\0op" });
        (await _server.QueryAsync("select value from settings where key = 'AppName'")).Should().Equal("Shop");
        (await _server.QueryAsync("select count(*) from support_messages where instr(content, char(0)) > 0")).Should().Equal("0");
    }

    private static IReadOnlyList<string> Said(Conversation socket) => [.. socket.Messages.Select(message => (string)message["content"]!)];
}
