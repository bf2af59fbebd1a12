using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>How webhooks are told: in order, again when it fails, and never where they must not go.</summary>
public sealed class WebhookDeliverySpecs : HookStories
{
    private readonly List<TcpListener> _listeners = [];

    private protected override Task EndAsync()
    {
        _listeners.ForEach(listener => listener.Dispose());
        return Task.CompletedTask;
    }

    // In order.

    [Fact]
    public async Task Each_chat_is_told_in_order_and_one_that_fails_holds_up_no_other()
    {
        var hook = await HookAsync(["message.created"]);
        var bad = Jo.ChatId;
        Receiver.Answers = (heard, context) =>
        {
            context.Response.StatusCode = (string)heard.Data["chat_id"]! == bad ? 500 : 200;
            return Task.CompletedTask;
        };
        var ann = await Server.VisitorAsync();
        foreach (var number in Enumerable.Range(1, 5))
        {
            await Jo.PostAsync("Jo " + number);
            await ann.PostAsync("Ann " + number);
        }

        await Eventually.IsTrueAsync(() => Contents(ann).Count() == 5);
        Contents(ann).Should().Equal("Ann 1", "Ann 2", "Ann 3", "Ann 4", "Ann 5");
        Contents(Jo).Should().Equal("Jo 1");
        await TriedAsync(hook, 1);
        Receiver.Answers = null;
        Server.Clock.Advance(5 * Second);
        await Eventually.IsTrueAsync(() => Contents(Jo).Count() == 6);
        Contents(Jo).Should().Equal("Jo 1", "Jo 1", "Jo 2", "Jo 3", "Jo 4", "Jo 5");
        Receiver.All.Where(heard => heard.Content == "Jo 1").Select(heard => heard.Id).Distinct().Should().HaveCount(1);
    }

    [Fact]
    public async Task Eight_chats_of_a_webhook_are_told_at_once()
    {
        var (inside, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Receiver.Answers = async (_, _) =>
        {
            if (Interlocked.Increment(ref inside) == 8)
                all.SetResult();
            await all.Task.WaitAsync(TimeSpan.FromSeconds(8));
        };
        var hook = await HookAsync(["message.created"]);
        for (var each = 0; each < 8; each++)
            await (await Server.VisitorAsync()).PostAsync("Hello");

        await SettleAsync(hook, [.. Enumerable.Repeat("sent", 8)]);
    }

    [Fact]
    public async Task A_webhook_that_hangs_holds_up_no_other()
    {
        var hangs = await HookAsync(["message.created"], Listen(async stream => await Task.Delay(Timeout.Infinite)));
        var goes = await HookAsync(["message.created"]);
        var started = Stopwatch.StartNew();
        for (var each = 0; each < 12; each++)
            await (await Server.VisitorAsync()).PostAsync("Hello");

        await SettleAsync(goes, [.. Enumerable.Repeat("sent", 12)]);
        started.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(9));
        (await DeliveriesAsync(hangs)).Should().OnlyContain(each => (string)each!["state"]! == "waiting");
    }

    // What is an answer.

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData(299)]
    public async Task Any_2xx_is_enough(int status)
    {
        var hook = await HookAsync(["message.created"]);
        Receiver.Answer(status);
        await Jo.PostAsync("Hello");

        await SettleAsync(hook, "sent");
        ((int)(await DeliveriesAsync(hook))[0]!["status"]!).Should().Be(status);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var elsewhere = await HookReceiver.StartAsync();
        Receiver.Answers = (_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = elsewhere.Url;
            return Task.CompletedTask;
        };
        var hook = await HookAsync(["message.created"]);
        await Jo.PostAsync("Hello");

        await TriedAsync(hook, 1);
        elsewhere.All.Should().BeEmpty();
        ((int)(await DeliveriesAsync(hook))[0]!["status"]!).Should().Be(status);
    }

    /// <summary>The head of the answer is enough, whatever follows it, or does not.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfar more than five bytes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nonly this")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nno length\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope")]
    public async Task What_follows_the_head_of_an_answer_does_not_matter(string answer)
    {
        var hook = await HookAsync(["message.created"], Listen(stream => stream.WriteAsync(Encoding.ASCII.GetBytes(answer)).AsTask()));
        var started = Stopwatch.StartNew();
        await Jo.PostAsync("Hello");

        await SettleAsync(hook, "sent");
        started.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task An_endless_answer_is_not_read()
    {
        long written = 0;
        var hung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hook = await HookAsync(["message.created"], Listen(async stream =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
            var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string('x', 65536) + "\r\n");
            try
            {
                for (; written < 1 << 28; written += chunk.Length)
                    await stream.WriteAsync(chunk);
            }
            catch (IOException)
            {
                // It hung up.
            }

            hung.TrySetResult();
        }));
        await Jo.PostAsync("Hello");

        await SettleAsync(hook, "sent");
        await hung.Task.WaitAsync(TimeSpan.FromSeconds(10));
        written.Should().BeLessThan(16 << 20, "of 256 MB");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Slow: ")]
    public async Task What_does_not_answer_within_ten_seconds_has_not_answered(string beginning)
    {
        var hook = await HookAsync(["message.created"], Listen(async stream =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning));
            for (var each = 0; each < 40; each++, await Task.Delay(500))
            {
                if (beginning.Length > 0)
                    await stream.WriteAsync("x"u8.ToArray());
            }
        }));
        var started = Stopwatch.StartNew();
        await Jo.PostAsync("Hello");
        await Eventually.IsTrueAsync(
            async () => (await DeliveriesAsync(hook))[0]!["error"] is not null, TimeSpan.FromSeconds(20));

        started.Elapsed.Should().BeGreaterThan(TimeSpan.FromSeconds(9)).And.BeLessThan(TimeSpan.FromSeconds(14));
        ((string)(await DeliveriesAsync(hook))[0]!["error"]!).Should().Be("It did not answer within 10 seconds.");
    }

    [Theory]
    [InlineData("no HTTP at all\r\n\r\n")]
    [InlineData("")]
    public async Task What_hangs_up_or_speaks_nonsense_has_not_answered(string answer)
    {
        var url = Listen(stream => stream.WriteAsync(Encoding.ASCII.GetBytes(answer)).AsTask(), hangUp: true);
        var hook = await HookAsync(["message.created"], url);
        await Jo.PostAsync("Hello");

        await TriedAsync(hook, 1);
        var tried = (await DeliveriesAsync(hook))[0]!;
        tried["status"].Should().BeNull();
        ((string)tried["error"]!).Should().Be("It did not answer in HTTP.", "nothing of what came stands there");
    }

    // Again, and no more.

    [Fact]
    public async Task It_is_tried_again_after_5_seconds_1_5_and_30_minutes_then_hourly_for_three_days_and_given_up()
    {
        var hook = await HookAsync(["message.created"]);
        Receiver.Answers = (heard, context) =>
        {
            context.Response.StatusCode = heard.Content == "Hello" ? 500 : 200;
            return Task.CompletedTask;
        };
        await Jo.PostAsync("Hello");
        await Jo.PostAsync("Later");
        var ann = await Server.VisitorAsync();
        var tries = 1;
        foreach (var pause in (TimeSpan[])[5 * Second, Minute, 5 * Minute, 30 * Minute, .. Enumerable.Repeat(Hour, 72)])
        {
            await TriedAsync(hook, tries);
            // Another chat's success keeps the webhook on.
            await ann.PostAsync("Fine");
            await Eventually.IsTrueAsync(() => Contents(ann).Count() == tries);
            var shown = (await DeliveriesAsync(hook)).Single(each => (int)each!["attempts"]! == tries && each["error"] is not null)!;
            shown["next_at"]!.ToString().Should().Be(Text.UtcText.Of(Server.Clock.GetUtcNow() + pause));
            Server.Clock.Advance(pause - Second);
            Contents(Jo).Should().HaveCount(tries);
            Server.Clock.Advance(Second);
            await Eventually.IsTrueAsync(() => Contents(Jo).Count() > tries);
            tries++;
        }

        await Eventually.IsTrueAsync(() => Contents(Jo).Contains("Later"));
        tries.Should().Be(77);
        Contents(Jo).Should().HaveCount(tries + 1);
        ((bool)(await ShownAsync(hook))["enabled"]!).Should().BeTrue();
    }

    [Fact]
    public async Task What_takes_nothing_for_three_days_is_turned_off()
    {
        await using var dashboard = await Mia.WatchAsync();
        var hook = await HookAsync(["message.created"]);
        Receiver.Answer(500);
        await Jo.PostAsync("Hello");
        await TriedAsync(hook, 1);
        ((string)(await ShownAsync(hook))["failing_since"]!).Should().Be("2026-11-22T09:00:00.000Z");
        Server.Clock.Advance(3 * Day - Minute);
        await TriedAsync(hook, 2);
        await Jo.PostAsync("And now");
        Server.Clock.Advance(Minute);

        await SettleAsync(hook, "dropped", "failed");
        var shown = await ShownAsync(hook);
        ((bool)shown["enabled"]!).Should().BeFalse();
        ((string)shown["stopped"]!).Should().Be("failing");
        (await dashboard.HearAsync("webhook_stopped"))["id"]!.ToString().Should().Be(hook.Id);
        ((long)(await Mia.GetAsync("/counts")).Json!["stopped_webhooks"]!).Should().Be(1);
        await Jo.PostAsync("Nobody hears");
        Server.Clock.Advance(Hour);
        await Receiver.HeardAsync(3);

        // Turned on, it begins anew.
        Receiver.Answer(200);
        var on = await Mia.RequestAsync(HttpMethod.Patch, "/webhooks/" + hook.Id, new { enabled = true });
        on.Json!["failing_since"].Should().BeNull();
        on.Json["stopped"].Should().BeNull();
        ((long)(await Mia.GetAsync("/counts")).Json!["stopped_webhooks"]!).Should().Be(0);
        await Jo.PostAsync("Back");
        (await Receiver.HeardAsync(4))[3].Content.Should().Be("Back");
    }

    [Fact]
    public async Task A_success_between_keeps_it_on()
    {
        var hook = await HookAsync(["message.created"]);
        Receiver.Answer(500);
        await Jo.PostAsync("Hello");
        await TriedAsync(hook, 1);
        Server.Clock.Advance(2 * Day);
        await TriedAsync(hook, 2);
        Receiver.Answer(200);
        Server.Clock.Advance(Hour);
        await SettleAsync(hook, "sent");
        (await ShownAsync(hook))["failing_since"].Should().BeNull();
        Receiver.Answer(500);
        await Jo.PostAsync("Again");
        await TriedAsync(hook, 1);
        Server.Clock.Advance(2 * Day);
        await TriedAsync(hook, 2);

        ((bool)(await ShownAsync(hook))["enabled"]!).Should().BeTrue();
    }

    [Fact]
    public async Task What_answers_410_is_turned_off_at_once()
    {
        var hook = await HookAsync(["message.created"]);
        Receiver.Answer(410);
        await Jo.PostAsync("Hello");
        await Jo.PostAsync("Hello?");

        await SettleAsync(hook, "dropped", "failed");
        ((string)(await ShownAsync(hook))["stopped"]!).Should().Be("gone");
        await Receiver.HeardAsync(1);
    }

    [Fact]
    public async Task What_waits_when_the_server_stops_is_sent_after_the_start_in_order_and_under_its_id()
    {
        var hook = await HookAsync(["message.created"]);
        Receiver.Answer(503);
        foreach (var number in Enumerable.Range(1, 3))
            await Jo.PostAsync("Jo " + number);
        await TriedAsync(hook, 1);
        var id = Receiver.All.Single().Id;
        await Server.StopAsync();
        Receiver.Answer(200);
        await Server.StartAgainAsync();
        Server.Clock.Advance(Minute);

        var heard = await Receiver.HeardAsync(4);
        heard.Select(each => each.Content).Should().Equal("Jo 1", "Jo 1", "Jo 2", "Jo 3");
        heard[1].Id.Should().Be(id);
        heard[1].Body.Should().Be(heard[0].Body);
    }

    [Fact]
    public async Task A_stop_waits_for_no_webhook()
    {
        await HookAsync(["message.created"], Listen(async stream => await Task.Delay(Timeout.Infinite)));
        await Jo.PostAsync("Hello");
        var started = Stopwatch.StartNew();

        await Server.RestartAsync();

        started.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(8));
    }

    // Looked at and sent again.

    [Fact]
    public async Task The_newest_hundred_are_kept()
    {
        var hook = await HookAsync(["message.created"]);
        for (var number = 1; number <= 105; number++)
            await Jo.PostAsync("Jo " + number);
        await Receiver.HeardAsync(105);
        await Eventually.IsTrueAsync(async () => (await DeliveriesAsync(hook)).All(each => (string)each!["state"]! == "sent"));

        var kept = await DeliveriesAsync(hook);
        kept.Should().HaveCount(100);
        kept[0]!.AsObject().Select(each => each.Key).Should().BeEquivalentTo(
            "id", "type", "created_at", "attempts", "state", "status", "error", "next_at", "body");
        ((string)kept[0]!["body"]!).Should().Contain("Jo 105").And.Be(Receiver.All.Last().Body);
        (await Server.QueryAsync("select count(*) from webhook_deliveries")).Should().Equal("100");
        (await Mia.GetAsync($"/webhooks/{Absent}/deliveries")).ShouldBeRefused(404, "not_found");
    }

    [Fact]
    public async Task What_was_sent_is_sent_again_under_its_id()
    {
        var hook = await HookAsync(["message.created"]);
        await Jo.PostAsync("Hello");
        await SettleAsync(hook, "sent");
        var id = (string)(await DeliveriesAsync(hook))[0]!["id"]!;

        (await Mia.PostAsync($"/webhooks/{hook.Id}/deliveries/{id}/resend")).Status.Should().Be(202);

        var heard = await Receiver.HeardAsync(2);
        heard[1].Body.Should().Be(heard[0].Body);
        await SettleAsync(hook, "sent");
        (await Mia.PostAsync($"/webhooks/{hook.Id}/deliveries/{Absent}/resend")).ShouldBeRefused(404, "not_found");
        await Mia.RequestAsync(HttpMethod.Patch, "/webhooks/" + hook.Id, new { enabled = false });
        (await Mia.PostAsync($"/webhooks/{hook.Id}/deliveries/{id}/resend")).ShouldBeRefused(409, "conflict");
    }

    [Fact]
    public async Task What_is_sent_again_keeps_the_order_of_its_chat()
    {
        var hook = await HookAsync(["message.created"]);
        await Jo.PostAsync("One");
        await SettleAsync(hook, "sent");
        Receiver.Answer(500);
        await Jo.PostAsync("Two");
        await TriedAsync(hook, 1);
        Receiver.Answer(200);
        var id = Receiver.All.First().Id;
        await Mia.PostAsync($"/webhooks/{hook.Id}/deliveries/{id}/resend");

        (await Receiver.HeardAsync(4)).Select(each => each.Content).Should().Equal("One", "Two", "One", "Two");
    }

    // Where it must not go.

    [Fact]
    public async Task By_default_nothing_goes_into_the_private_network()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        foreach (var url in PrivateAddresses)
            (await mia.PostAsync("/webhooks", new { url, events = Everything })).ShouldBeRefused(400, "bad_request");

        // A name is looked up when it is used: this one leads here.
        var made = await mia.PostAsync("/webhooks", new { url = "https://localhost:9/", events = Everything });
        made.Status.Should().Be(201, made.Text);
        var tested = (await mia.PostAsync($"/webhooks/{made.Json!["id"]}/test")).Json!;
        ((bool)tested["ok"]!).Should().BeFalse();
        ((string)tested["message"]!).Should().Contain("private network");
    }

    [Fact]
    public async Task What_was_allowed_when_it_was_saved_is_asked_again_when_it_is_sent()
    {
        var hook = await HookAsync(["message.created"]);
        await using var server = await LeanChatServer.StartInAsync(
            System.IO.Directory.CreateTempSubdirectory("leanchat-").FullName, "Webhooks:AllowPrivate=false");
        var mia = await server.AdminAsync();
        await server.Database.WriteAsync(tx =>
        {
            using var command = tx.Connection.CreateCommand();
            command.CommandText =
                $"insert into webhooks (id, url, events, secret, created_at) values ('h', '{Receiver.Url}', 'message.created', 'x', 'x')";
            return command.ExecuteNonQuery();
        });

        var tested = (await mia.PostAsync("/webhooks/h/test")).Json!;

        ((string)tested["message"]!).Should().Contain("must be an https address");
        hook.Id.Should().NotBeEmpty();
        Receiver.All.Should().BeEmpty();
    }

    /// <summary>This machine and its network, in spellings that some program understands.</summary>
    private static readonly string[] PrivateAddresses =
    [
        "http://shop.example/", "https://127.0.0.1/", "https://127.0.0.1:8443/x", "https://127.0.0.1./", "https://127.1/",
        "https://127.0.1/",
        "https://0x7f.0.0.1/", "https://0x7f.1/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0177.1/", "https://017700000001/",
        "https://2130706433/", "https://0/", "https://0.0.0.0/", "https://10.0.0.1/", "https://10.1/", "https://0xa.0.0.1/",
        "https://167772161/", "https://100.64.0.1/", "https://169.254.169.254/latest/meta-data", "https://0xa9fea9fe/",
        "https://2852039166/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.0.0.1/", "https://192.0.2.1/",
        "https://192.168.1.1/", "https://192.168.257/", "https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/",
        "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/", "https://[::1]/", "https://[::]/",
        "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/",
        "https://[2001:4860::5efe:127.0.0.1]/", "https://[64:ff9b::127.0.0.1]/", "https://[64:ff9b::a00:1]/",
        "https://[64:ff9b:1::7f00:1]/", "https://[2002:7f00:1::]/",
        "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "https://[2001:db8::1]/", "https://[fe80::1]/", "https://[fec0::1]/",
        "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[ff02::1]/", "https://１２７.０.０.１/", "https://127。0。0。1/",
    ];

    private IEnumerable<string> Contents(Visitor visitor) =>
        Receiver.All.Where(heard => (string)heard.Data["chat_id"]! == visitor.ChatId).Select(heard => heard.Content);

    /// <summary>A program that speaks as it likes; the address of it.</summary>
    private string Listen(Func<NetworkStream, Task> speak, bool hangUp = false)
    {
        var listener = new TcpListener(IPAddress.Loopback, Ports.Free());
        listener.Start();
        _listeners.Add(listener);
        _ = ServeAsync();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";

        async Task ServeAsync()
        {
            try
            {
                while (true)
                    _ = ConverseAsync(await listener.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The story is over.
            }
        }

        async Task ConverseAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    var stream = client.GetStream();
                    _ = await stream.ReadAsync(new byte[65536]);
                    await speak(stream);
                    if (!hangUp)
                        await Task.Delay(TimeSpan.FromSeconds(12));
                }
                catch (IOException)
                {
                    // The other side hung up.
                }
            }
        }
    }
}
