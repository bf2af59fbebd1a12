using System.Text.Json.Nodes;
using LeanChat.Chats;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>A line breaks and comes back: nothing is missing, nothing is there twice.</summary>
public sealed class ResumeSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync(
        "Limits:MessagesPerMinute=0", "Limits:MailboxFrames=0", "Limits:MailboxBytes=0", "Limits:SocketsPerUser=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(199)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(250)]
    [InlineData(2000)]
    public async Task Who_comes_back_hears_exactly_what_was_missed_and_then_goes_on_live(int missed)
    {
        var visitor = await _server.VisitorAsync();
        await FillAsync(visitor, 3 + missed);

        await using var widget = await visitor.OpenAsync(after: 3);
        await widget.SendAsync("live", "live");
        await widget.SettleAsync();

        ((long)widget.All[0]["seq"]!).Should().Be(3 + missed, "`ready` tells the newest");
        widget.Seqs.Should().Equal(Range(4, missed + 1));
        widget.Messages.SkipLast(1).Select(message => (string)message["content"]!)
            .Should().Equal(Range(4, missed).Select(seq => $"message {seq}"));
    }

    [Fact]
    public async Task Who_asks_for_everything_gets_everything()
    {
        var visitor = await _server.VisitorAsync();
        await FillAsync(visitor, 30);

        await using var widget = await visitor.OpenAsync(after: 0);
        await widget.HearSeqAsync(30);

        widget.Seqs.Should().Equal(Range(1, 30));
    }

    [Fact]
    public async Task Who_asks_for_nothing_missed_gets_only_what_comes()
    {
        var visitor = await _server.VisitorAsync();
        await FillAsync(visitor, 5);

        await using var widget = await visitor.OpenAsync();
        await widget.SendAsync("live", "live");

        widget.Seqs.Should().Equal(6);
        ((long)widget.All[0]["seq"]!).Should().Be(5);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(1_000_000)]
    [InlineData(long.MaxValue)]
    public async Task Who_claims_more_than_there_is_hears_all_that_comes_from_now(long after)
    {
        var visitor = await _server.VisitorAsync();
        await FillAsync(visitor, 5);

        await using var widget = await visitor.OpenAsync(after);
        await widget.SendAsync("live", "live");

        widget.Seqs.Should().Equal(6);
        ((long)widget.All[0]["seq"]!).Should().Be(5);
    }

    [Fact]
    public async Task The_place_may_stand_in_the_address_as_well()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await FillAsync(visitor, 10);

        await using var byFrame = await visitor.ConnectAsync("?after=7");
        await byFrame.SayAsync(new { action = "auth", token = visitor.Token });
        await using var byCookie = await visitor.OpenOwnPageAsync("?after=7");
        await using var commands = await mia.JoinAsync(visitor.ChatId, after: 7);

        foreach (var socket in (Conversation[])[byFrame, byCookie, commands])
        {
            await socket.HearSeqAsync(10);
            await socket.SettleAsync();
            socket.Seqs.Should().Equal(8, 9, 10);
        }
    }

    [Fact]
    public async Task What_the_first_frame_says_counts_before_what_the_address_says()
    {
        var visitor = await _server.VisitorAsync();
        await FillAsync(visitor, 10);

        await using var widget = await visitor.ConnectAsync("?after=2");
        await widget.SayAsync(new { action = "auth", token = visitor.Token, after = 8 });
        await widget.HearSeqAsync(10);

        widget.Seqs.Should().Equal(9, 10);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    public async Task A_place_in_the_address_that_is_no_seq_is_refused(string after) =>
        (await _server.KnockAsync("/ws/chat?after=" + after)).Error.Should().Be("bad_request");

    [Fact]
    public async Task A_place_in_the_first_frame_that_is_no_seq_is_refused()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.ConnectAsync();

        await widget.SayAsync(new { action = "auth", token = visitor.Token, after = -1 });

        ((string)(await widget.HearAsync("error"))["code"]!).Should().Be("bad_request");
        await widget.SayAsync(new { action = "auth", token = visitor.Token, after = 0 });
        await widget.HearAsync("ready");
    }

    [Fact]
    public async Task Who_comes_back_while_three_others_keep_talking_misses_nothing_and_hears_nothing_twice()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await FillAsync(visitor, 600);
        await using var first = await visitor.OpenAsync();
        await using var second = await visitor.OpenAsync();
        await using var commands = await mia.JoinAsync(visitor.ChatId);

        var talking = Task.WhenAll(TalkAsync(first, "f"), TalkAsync(second, "s"), TalkAsync(commands, "d"));
        var returning = new List<Conversation>();
        while (returning.Count < 5 || (returning.Count < 50 && !talking.IsCompleted))
            returning.Add(await visitor.Elsewhere().OpenAsync(after: 100 * (returning.Count % 7)));
        await talking;

        for (var each = 0; each < returning.Count; each++)
        {
            await using var socket = returning[each];
            var from = 100 * (each % 7);
            await socket.HearSeqAsync(750);
            await socket.SettleAsync();
            socket.Seqs.Should().Equal(Range(from + 1, 750 - from));
        }

        static async Task TalkAsync(Conversation socket, string who)
        {
            // One after the other, as people do: the talk lasts while others come back.
            for (var each = 0; each < 50; each++)
                await socket.SendAsync($"{who}{each}", $"{who}{each}");
        }
    }

    [Fact]
    public async Task Who_polls_reads_the_same_as_who_listens()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync(after: 0);
        var polled = new List<JsonNode>();

        var filling = FillAsync(visitor, 450);
        while (polled.Count < 450 && !filling.IsFaulted)
            polled.AddRange(
                (await visitor.GetAsync($"/messages?after={polled.Count}&limit=200")).Json!.AsArray().Select(message => message!));
        await filling;
        await widget.HearSeqAsync(450);

        polled.Select(message => message.ToJsonString()).Should().Equal(widget.Messages.Select(message => message.ToJsonString()));
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(5)]
    [InlineData(250, 249, 4)]
    public async Task A_socket_that_gets_a_number_beyond_the_next_reads_what_lies_between_first(params int[] published)
    {
        var visitor = await _server.VisitorAsync();
        await FillAsync(visitor, 3);
        await using var widget = await visitor.OpenAsync(after: 0);
        await widget.HearSeqAsync(3);

        var stored = await StoreUnheardAsync(visitor, published.Max() - 3);
        foreach (var seq in published)
            _server.Hub.Publish(Chat.TopicOf(visitor.ChatId), ChatFrames.NewMessage(stored.Single(message => message.Seq == seq)));
        await widget.HearSeqAsync(published.Max());
        await widget.SendAsync("live", "live");
        await widget.SettleAsync();

        widget.Seqs.Should().Equal(Range(1, published.Max() + 1));
    }

    [Fact]
    public async Task A_restart_is_announced_and_loses_nothing_that_was_acknowledged()
    {
        var mia = await _server.AdminAsync();
        var visitors = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _server.VisitorAsync()));
        var widgets = await Task.WhenAll(visitors.Select(visitor => visitor.OpenAsync()));
        await using var board = await mia.WatchAsync();
        await using var silent = await visitors[0].ConnectAsync();
        var talking = widgets.Select(TalkUntilTheEndAsync).ToArray();
        foreach (var widget in widgets)
            await widget.HearSeqAsync(5);

        await _server.RestartAsync();
        await Task.WhenAll(talking);

        foreach (var socket in (Conversation[])[.. widgets, board, silent])
        {
            (await socket.ClosedAsync()).Should().Be(1012);
            ((long)socket.Of("going_away").Should().ContainSingle().Which["retry_after_ms"]!).Should().BePositive();
            await socket.DisposeAsync();
        }

        foreach (var (visitor, widget) in visitors.Zip(widgets))
        {
            var heard = widget.Seqs;
            heard.Should().Equal(Range(1, heard.Count));
            await using var back = await visitor.OpenAsync(after: 0);
            var newest = (long)back.All[0]["seq"]!;
            newest.Should().BeGreaterOrEqualTo(heard[^1], "what was acknowledged is on disk");
            await back.HearSeqAsync(newest);
            back.Messages.Take(heard.Count).Select(message => message.ToJsonString())
                .Should().Equal(widget.Messages.Select(message => message.ToJsonString()));
            back.Messages.Select(message => (string)message["client_id"]!).Should().OnlyHaveUniqueItems();
        }

        static async Task TalkUntilTheEndAsync(Conversation widget)
        {
            try
            {
                for (var each = 1; ; each++)
                {
                    await widget.SayAsync(new { action = "send_message", content = $"message {each}", client_id = $"c{each}" });
                    // A breath: the server, not the buffers of the line, shall set the pace.
                    if (each % 10 == 0)
                        await widget.HearAsync("new_message", frame => (string?)frame["message"]!["client_id"] == $"c{each}");
                }
            }
            catch (Exception e) when (e is System.Net.WebSockets.WebSocketException or InvalidOperationException or IOException
                or OperationCanceledException)
            {
                // The restart: what was not acknowledged would now be sent again.
            }
        }
    }

    [Fact]
    public async Task What_was_not_acknowledged_before_a_restart_is_sent_again_and_there_once()
    {
        var visitor = await _server.VisitorAsync();
        await using var before = await visitor.OpenAsync();
        for (var each = 1; each <= 40; each++)
            await before.SayAsync(new { action = "send_message", content = $"message {each}", client_id = $"c{each}" });
        await _server.RestartAsync();
        await before.ClosedAsync();

        await using var after = await visitor.OpenAsync(after: before.Seqs is [.., var last] ? last : 0);
        for (var each = 1; each <= 40; each++)
            await after.SayAsync(new { action = "send_message", content = $"message {each}", client_id = $"c{each}" });
        await after.SettleAsync();

        var all = (await visitor.GetAsync("/messages?after=0")).Json!.AsArray();
        all.Select(message => (string)message!["client_id"]!).Should().BeEquivalentTo(Enumerable.Range(1, 40).Select(each => $"c{each}"));
        all.Select(message => (long)message!["seq"]!).Should().Equal(Range(1, 40));
        after.Of("error").Should().BeEmpty();
    }

    private async Task FillAsync(Visitor visitor, int count)
    {
        var commands = _server.Get<ChatCommands>();
        await Task.WhenAll(Enumerable.Range(1, count).Select(each => commands.PostAsUserAsync(visitor.UserId, $"message {each}", null)));
    }

    /// <summary>Stores messages as another process would: nobody here hears of them.</summary>
    private async Task<IReadOnlyList<SupportMessage>> StoreUnheardAsync(Visitor visitor, int count)
    {
        await _server.Database.WriteAsync(tx =>
        {
            for (var each = 0; each < count; each++)
            {
                var at = UtcText.Of(tx.Now.AddMinutes(1).AddMilliseconds(each));
                tx.Connection.Prepared(
                    """
                    insert into support_messages (id, chat, seq, sender_type, sender_id, content, created_at)
                    select @id, row, last_seq + 1, 'user', user_id, 'unheard', @at from support_chats where id = @chatId
                    """).With("@id", tx.NewId()).With("@at", at).With("@chatId", visitor.ChatId).Run();
                tx.Connection.Prepared("update support_chats set last_seq = last_seq + 1, last_message_at = @at where id = @chatId")
                    .With("@at", at).With("@chatId", visitor.ChatId).Run();
            }

            return true;
        });
        return await _server.Database.ReadAsync(
            connection => MessageStore.After(
                connection, _server.Get<LeanChat.Files.FileAddresses>(), ChatStore.Find(connection, visitor.ChatId)!, 3, int.MaxValue));
    }

    private static IEnumerable<long> Range(long from, int count) => Enumerable.Range(0, count).Select(each => from + each);
}
