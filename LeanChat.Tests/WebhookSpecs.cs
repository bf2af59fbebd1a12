using System.Globalization;
using Microsoft.AspNetCore.Http;
using StandardWebhooks;
using StandardWebhooks.Diagnostics;

namespace LeanChat.Tests;

/// <summary>Webhooks: made, changed and ended; what they are told of, and how it is signed.</summary>
public sealed class WebhookSpecs : HookStories
{
    // Made, changed, ended.

    [Fact]
    public async Task A_webhook_is_made_with_a_secret_that_is_told_once()
    {
        string[] events = ["message.created", "chat.created"];
        var made = await Mia.PostAsync("/webhooks", new { url = Receiver.Url, events });

        made.Status.Should().Be(201, made.Text);
        string[] told = ["id", "url", "events", "include_own", "token_id", "enabled", "failing_since", "stopped", "created_at"];
        made.Json!.AsObject().Select(each => each.Key).Should().BeEquivalentTo(told.Append("secret"));
        var secret = (string)made.Json["secret"]!;
        secret.Should().MatchRegex("^whsec_[A-Za-z0-9+/]{43}=$");
        ((bool)made.Json["enabled"]!).Should().BeTrue();
        var listed = (await Mia.GetAsync("/webhooks")).Json!.AsArray().Single()!.AsObject();
        listed.Select(each => each.Key).Should().BeEquivalentTo(told);
        Server.OnDisk().Should().NotContain(secret).And.NotContain(secret[6..]);
    }

    [Theory]
    [InlineData("""{"events":["chat.created"]}""")]
    [InlineData("""{"url":"URL"}""")]
    [InlineData("""{"url":"URL","events":[]}""")]
    [InlineData("""{"url":"URL","events":["chat.exploded"]}""")]
    [InlineData("""{"url":"URL","events":["chat.created"],"token_id":"nobody"}""")]
    [InlineData("""{"url":"URL","events":["chat.created"],"token_id":7}""")]
    [InlineData("""{"url":"nowhere","events":["chat.created"]}""")]
    [InlineData("""{"url":"ftp://shop.example/","events":["chat.created"]}""")]
    [InlineData("""{"url":"https://mia:secret@shop.example/","events":["chat.created"]}""")]
    public async Task What_cannot_be_used_is_refused(string body)
    {
        var sent = new StringContent(body.Replace("URL", Receiver.Url, StringComparison.Ordinal));

        (await Mia.PostAsync("/webhooks", sent)).ShouldBeRefused(400, "bad_request");
        (await Mia.GetAsync("/webhooks")).Json!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task There_are_at_most_twenty()
    {
        for (var each = 0; each < 20; each++)
            await HookAsync(["chat.created"]);

        (await Mia.PostAsync("/webhooks", new { url = Receiver.Url, events = Everything })).ShouldBeRefused(409, "conflict");
    }

    [Fact]
    public async Task What_is_changed_is_changed_alone()
    {
        var hook = await HookAsync(["chat.created"]);
        var bot = await Bot.MakeAsync(Server, Mia);
        async Task<Reply> ChangeAsync(object body) => await Mia.RequestAsync(HttpMethod.Patch, "/webhooks/" + hook.Id, body);

        string[] events = ["message.created"];
        var changed = await ChangeAsync(new { token_id = bot.Id, events });
        changed.Status.Should().Be(200, changed.Text);
        ((string)changed.Json!["token_id"]!).Should().Be(bot.Id);
        ((string)changed.Json["url"]!).Should().Be(Receiver.Url);
        changed.Json["events"]!.AsArray().Select(each => (string)each!).Should().Equal("message.created");
        (await ChangeAsync(new { include_own = true })).Json!["token_id"]!.ToString().Should().Be(bot.Id);
        (await ChangeAsync(new { url = "x" })).ShouldBeRefused(400, "bad_request");
        (await Mia.RequestAsync(HttpMethod.Delete, "/tokens/" + bot.Id)).Status.Should().Be(204);
        (await ShownAsync(hook))["token_id"].Should().BeNull("the token has ended");
        (await Mia.RequestAsync(HttpMethod.Delete, "/webhooks/" + hook.Id)).Status.Should().Be(204);
        (await ChangeAsync(new { enabled = true })).ShouldBeRefused(404, "not_found");
    }

    [Fact]
    public async Task Who_is_off_or_gone_is_told_nothing()
    {
        var (off, gone) = (await HookAsync(["message.created"]), await HookAsync(["message.created"]));
        var on = await HookAsync(["chat.created"]);
        await Mia.RequestAsync(HttpMethod.Patch, "/webhooks/" + off.Id, new { enabled = false });
        await Mia.RequestAsync(HttpMethod.Delete, "/webhooks/" + gone.Id);
        await Jo.PostAsync("Hello");
        await SettleAsync(on, "sent");
        (await Receiver.TypesAsync(1)).Should().Equal("chat.created");

        await Mia.RequestAsync(HttpMethod.Patch, "/webhooks/" + off.Id, new { enabled = true });
        await Jo.PostAsync("Hello again");
        (await Receiver.HeardAsync(2))[1].Content.Should().Be("Hello again");
        (await DeliveriesAsync(off)).Should().HaveCount(1);
    }

    // Signed.

    [Fact]
    public async Task What_is_sent_is_signed_after_Standard_Webhooks()
    {
        // Who has said nothing for a week is forgotten.
        await Jo.PostAsync("Hello");
        var hook = await HookAsync(["message.created"]);
        var isNow = Server.Clock.GetUtcNow() < DateTimeOffset.UtcNow;
        if (isNow)
            Server.Clock.SetUtcNow(DateTimeOffset.UtcNow);
        await Jo.PostAsync("Größe “40”?");

        var heard = (await Receiver.HeardAsync(1))[0];
        heard.Headers["webhook-id"].Should().Be(heard.Id);
        heard.Headers["Content-Type"].Should().Be("application/json");
        heard.Headers["webhook-timestamp"].Should().Be(Server.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        Verify(hook.Secret, heard);
        var headers = new HeaderDictionary();
        foreach (var (name, value) in heard.Headers)
            headers[name] = value;
        var verify = (string secret, string body) => () => new StandardWebhook(secret).Verify(body, headers);
        verify("whsec_" + Convert.ToBase64String(new byte[32]), heard.Body).Should().Throw<WebhookVerificationException>();
        verify(hook.Secret, heard.Body + " ").Should().Throw<WebhookVerificationException>();
        // The library asks the world's clock.
        if (isNow)
            verify(hook.Secret, heard.Body).Should().NotThrow();
    }

    [Fact]
    public async Task A_new_secret_and_the_old_one_are_both_good_for_a_day()
    {
        var hook = await HookAsync(["message.created"]);
        var renewed = await Mia.PostAsync($"/webhooks/{hook.Id}/secret");
        renewed.Status.Should().Be(200, renewed.Text);
        var secret = (string)renewed.Json!["secret"]!;
        secret.Should().NotBe(hook.Secret);

        await Jo.PostAsync("Now");
        var now = (await Receiver.HeardAsync(1))[0];
        Verify(secret, now);
        Verify(hook.Secret, now);
        Server.Clock.Advance(Day - Minute);
        await Jo.PostAsync("Later");
        Verify(hook.Secret, (await Receiver.HeardAsync(2))[1]);
        Server.Clock.Advance(Minute);
        await Jo.PostAsync("Tomorrow");
        var tomorrow = (await Receiver.HeardAsync(3))[2];
        Verify(secret, tomorrow);
        tomorrow.Headers["webhook-signature"].Split(' ').Should().HaveCount(1);
        (await Mia.PostAsync($"/webhooks/{Absent}/secret")).ShouldBeRefused(404, "not_found");
    }

    // Told of.

    [Fact]
    public async Task A_first_message_tells_of_the_chat_then_of_itself()
    {
        await HookAsync();
        await Jo.PostAsync("Hello", "one");
        await Jo.PostAsync("Hello", "one");
        await Mia.ReplyAsync(Jo.ChatId, "Good morning");

        var heard = await Receiver.HeardAsync(3);
        heard.Select(each => each.Type).Should().Equal("chat.created", "message.created", "message.created");
        foreach (var each in heard)
            each.Json.AsObject().Select(key => key.Key).Should().Equal("id", "type", "created_at", "data");
        var row = (await Mia.ListAsync()).Single()!.AsObject().Select(each => each.Key);
        heard[0].Data["chat"]!.AsObject().Select(each => each.Key).Should().BeEquivalentTo(row);
        ((string)heard[0].Data["chat"]!["id"]!).Should().Be(Jo.ChatId);
        ((string)heard[1].Data["chat_id"]!).Should().Be(Jo.ChatId);
        heard[1].Data["user"]!.ToJsonString().Should().Be($$"""{"id":"{{Jo.UserId}}","email":null,"name":null,"verified":false}""");
        var messages = await Jo.MessagesAsync();
        heard[1].Data["message"]!.ToJsonString().Should().Be(messages[0]!.ToJsonString());
        heard[2].Content.Should().Be("Good morning");
        heard[1].Json["created_at"]!.ToString().Should().Be(messages[0]!["created_at"]!.ToString());
    }

    [Fact]
    public async Task Archiving_and_coming_back_are_told_before_the_message_that_brings_back()
    {
        await Jo.PostAsync("Hello");
        await HookAsync();
        await Mia.PostAsync($"/chats/{Jo.ChatId}/archive");
        await Mia.PostAsync($"/chats/{Jo.ChatId}/archive");
        await Mia.PostAsync($"/chats/{Jo.ChatId}/unarchive");
        await Mia.PostAsync($"/chats/{Jo.ChatId}/archive");
        await Jo.PostAsync("One more thing");

        var heard = await Receiver.HeardAsync(5);
        heard.Select(each => each.Type).Should().Equal(
            "chat.archived", "chat.restored", "chat.archived", "chat.restored", "message.created");
        heard.Take(4).Select(each => (bool)each.Data["chat"]!["archived"]!).Should().Equal(true, false, true, false);
    }

    [Fact]
    public async Task Edits_and_deletions_are_told()
    {
        await Jo.PostAsync("Hello");
        var id = (string)(await Mia.ReplyAsync(Jo.ChatId, "Tomorow")).Json!["id"]!;
        await HookAsync();
        await Mia.RequestAsync(HttpMethod.Patch, $"/chats/{Jo.ChatId}/messages/{id}", new { content = "Tomorrow" });
        await Mia.RequestAsync(HttpMethod.Delete, $"/chats/{Jo.ChatId}/messages/{id}");

        var heard = await Receiver.HeardAsync(2);
        heard.Select(each => each.Type).Should().Equal("message.updated", "message.updated");
        heard[0].Content.Should().Be("Tomorrow");
        heard[1].Data["message"]!["deleted_at"].Should().NotBeNull();
    }

    [Fact]
    public async Task Words_that_were_changed_are_kept_nowhere_once_they_were_told()
    {
        var hook = await HookAsync();
        await Jo.PostAsync("Hello");
        var id = (string)(await Mia.ReplyAsync(Jo.ChatId, "xylophagous")).Json!["id"]!;
        await SettleAsync(hook, "sent", "sent", "sent");
        Receiver.Answer(503);
        await Mia.ReplyAsync(Jo.ChatId, "zyzzyva");
        await TriedAsync(hook, 1);
        var waiting = (await Jo.MessagesAsync())[2]!["id"]!;
        foreach (var each in new[] { id, (string)waiting! })
            (await Mia.RequestAsync(HttpMethod.Delete, $"/chats/{Jo.ChatId}/messages/{each}")).Status.Should().Be(200);

        Server.OnDisk().Should().NotContain("xylophagous").And.Contain("zyzzyva", "what waits is sent as it was");
        Receiver.Answer(200);
        Server.Clock.Advance(5 * Second);
        await Receiver.HeardAsync(7);
        await SettleAsync(hook, "sent", "sent", "sent", "sent");
        (await DeliveriesAsync(hook)).ToJsonString().Should().NotContain("zyzzyva");
        await Eventually.IsTrueAsync(() => !Server.OnDisk().Contains("zyzzyva", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_says_who_they_are_is_told_when_something_changed()
    {
        await HookAsync();
        await Jo.IdentifyAsync(new { name = "Jo", email = "jo@example.com" });
        await Jo.IdentifyAsync(new { name = "Jo", email = "jo@example.com" });
        await Jo.IdentifyAsync(new { token = Token("jo@shop.example", "Jo Blue") });

        var heard = await Receiver.HeardAsync(2);
        heard.Select(each => each.Type).Should().OnlyContain(type => type == "user.identified");
        heard[0].Data.ToJsonString().Should().Be(
            $$$"""{"chat_id":"{{{Jo.ChatId}}}","user":{"id":"{{{Jo.UserId}}}","email":"jo@example.com","name":"Jo","verified":false}}""");
        ((bool)heard[1].Data["user"]!["verified"]!).Should().BeTrue();
    }

    [Fact]
    public async Task A_chat_that_joins_another_is_told_as_that_persons()
    {
        var known = await Server.VisitorAsync();
        await known.IdentifyAsync(new { token = Token() });
        await known.PostAsync("From my phone");
        await Mia.PostAsync($"/chats/{known.ChatId}/archive");
        await Jo.PostAsync("Before I signed in");
        await HookAsync();
        await Jo.IdentifyAsync(new { token = Token() });
        await Jo.PostAsync("And after");

        var heard = await Receiver.HeardAsync(3);
        heard.Select(each => each.Type).Should().Equal("chat.restored", "user.identified", "message.created");
        foreach (var each in heard.Skip(1))
            ((string)each.Data["chat_id"]!).Should().Be(known.ChatId);
    }

    [Fact]
    public async Task Who_is_erased_takes_what_was_told_along_and_only_that_is_told()
    {
        var hook = await HookAsync();
        Receiver.Answer(500);
        await Jo.PostAsync("quagmire");
        await TriedAsync(hook, 1);
        var other = await Server.VisitorAsync();
        Receiver.Answer(200);
        await other.PostAsync("I stay");
        await SettleAsync(hook, "sent", "sent", "waiting", "waiting");

        (await Mia.RequestAsync(HttpMethod.Delete, "/users/" + Jo.UserId)).Status.Should().Be(204);

        await SettleAsync(hook, "sent", "sent", "sent");
        Server.OnDisk().Should().NotContain("quagmire");
        var last = Receiver.All.Last();
        last.Type.Should().Be("user.erased");
        last.Data.ToJsonString().Should().Be($$"""{"chat_id":"{{Jo.ChatId}}","user_id":"{{Jo.UserId}}"}""");
        Server.Clock.Advance(Hour);
        await Receiver.HeardAsync(4);
    }

    [Fact]
    public async Task Of_who_never_said_a_word_nothing_is_told()
    {
        var hook = await HookAsync();

        await Mia.RequestAsync(HttpMethod.Delete, "/users/" + Jo.UserId);

        (await DeliveriesAsync(hook)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_rating_is_told()
    {
        await Mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Rating:Enabled"] = "true" });
        await Jo.PostAsync("Hello");
        await Mia.ReplyAsync(Jo.ChatId, "Hi");
        await Mia.PostAsync($"/chats/{Jo.ChatId}/archive");
        await HookAsync();
        (await Jo.RequestAsync(HttpMethod.Post, "/rating", new { score = "good", comment = "Fast" })).Status.Should().Be(200);

        var heard = (await Receiver.HeardAsync(1))[0];
        heard.Type.Should().Be("rating.created");
        ((string)heard.Data["user_id"]!).Should().Be(Jo.UserId);
        heard.Data["rating"]!.AsObject().Select(each => each.Key).Should().Equal("score", "comment", "created_at");
        ((string)heard.Data["rating"]!["comment"]!).Should().Be("Fast");
    }

    [Fact]
    public async Task Files_have_whole_addresses()
    {
        await HookAsync(["message.created"]);
        var file = await Jo.RequestAsync(
            HttpMethod.Post, "/attachments?name=a.png", new ByteArrayContent(Proof.FileSamples.Png()));
        await Jo.RequestAsync(
            HttpMethod.Post, "/messages", new { content = "", attachment_ids = new[] { (string)file.Json!["id"]! } });

        var url = (string)(await Receiver.HeardAsync(1))[0].Data["message"]!["attachments"]![0]!["url"]!;
        url.Should().StartWith(Server.Origin + "/files/");
        (await Server.AskAsync(HttpMethod.Get, new Uri(url).PathAndQuery)).Status.Should().Be(200);
    }

    [Fact]
    public async Task What_its_own_bot_does_is_left_out_unless_it_is_wanted()
    {
        var (own, other) = (await Bot.MakeAsync(Server, Mia), await Bot.MakeAsync(Server, Mia, "Other"));
        await Jo.PostAsync("Hello");
        string[] events = ["message.created", "message.updated", "chat.archived", "chat.restored"];
        await HookAsync(events, tokenId: own.Id);
        await using var second = await HookReceiver.StartAsync();
        await HookAsync(events, second.Url, own.Id, includeOwn: true);
        foreach (var bot in new[] { own, other })
        {
            var said = await bot.SayAsync(Jo.ChatId, "Hi");
            await bot.RequestAsync(HttpMethod.Patch, $"/chats/{Jo.ChatId}/messages/{said.Json!["id"]}", new { content = "Hi!" });
            await bot.PostAsync($"/chats/{Jo.ChatId}/archive");
            await bot.PostAsync($"/chats/{Jo.ChatId}/unarchive");
        }

        (await Receiver.TypesAsync(4)).Should().Equal("message.created", "message.updated", "chat.archived", "chat.restored");
        ((string)Receiver.All.First().Data["message"]!["sender_name"]!).Should().Be("Other");
        (await second.HeardAsync(8)).Should().HaveCount(8);
    }

    [Fact]
    public async Task A_note_is_told_nobody()
    {
        await Jo.PostAsync("Hello");
        var hook = await HookAsync();

        await Mia.PostAsync($"/chats/{Jo.ChatId}/notes", new { content = "Call back" });

        (await DeliveriesAsync(hook)).Should().BeEmpty();
    }

    // Tried out.

    [Fact]
    public async Task A_test_says_at_once_how_it_went()
    {
        var hook = await HookAsync();

        var good = (await Mia.PostAsync($"/webhooks/{hook.Id}/test")).Json!;
        good.ToJsonString().Should().Be("""{"ok":true,"status":204,"message":""}""");
        var heard = (await Receiver.HeardAsync(1))[0];
        heard.Type.Should().Be("webhook.test");
        Verify(hook.Secret, heard);
        Receiver.Answer(404);
        var bad = (await Mia.PostAsync($"/webhooks/{hook.Id}/test")).Json!;
        bad.ToJsonString().Should().Be("""{"ok":false,"status":404,"message":"It answered 404 Not Found."}""");
        Server.Clock.Advance(Hour);
        await Receiver.HeardAsync(2);
        (await DeliveriesAsync(hook)).Should().BeEmpty("a test is sent once");
        (await Mia.PostAsync($"/webhooks/{Absent}/test")).ShouldBeRefused(404, "not_found");
    }

    private string Token(string? email = null, string? name = null) => Host.Sign(Host.Claims(Server.Clock, "sub-1", email, name));

    /// <summary>Holds the signature against the one that the library makes with this secret.</summary>
    private static void Verify(string secret, HookReceiver.Event heard)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(heard.Headers["webhook-timestamp"], CultureInfo.InvariantCulture));
        heard.Headers["webhook-signature"].Split(' ').Should().Contain(new StandardWebhook(secret).Sign(heard.Id, at, heard.Body));
    }
}
