using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>Visitors say how it was, when a conversation was archived.</summary>
public sealed class RatingSpecs : DeskStories
{
    private protected override string[] Settings => ["Rating:Enabled=true"];

    [Fact]
    public async Task Archiving_asks_and_every_tab_hears_of_the_answer()
    {
        await Mia.ReplyAsync(Jo.ChatId, "Hello!");
        (await Jo.ChatAsync())["rating"].Should().BeNull();
        await using var widget = await Jo.OpenAsync();
        await ArchiveAsync(Jo);
        var until = UtcText.Of(Server.Clock.GetUtcNow() + Day);
        (await widget.HearAsync("rating"))["rating"]!.ToJsonString()
            .Should().Be($$"""{"score":null,"comment":null,"until":"{{until}}"}""");
        (await Jo.ChatAsync())["rating"]!.ToJsonString().Should().Be($$"""{"score":null,"comment":null,"until":"{{until}}"}""");
        await using var board = await Mia.WatchAsync();

        var given = await RateAsync(Jo, "good", "  Fast! ");

        given.Status.Should().Be(200, given.Text);
        given.Text.Should().Be($$"""{"score":"good","comment":"Fast!","until":"{{until}}"}""");
        (await widget.HearAsync("rating"))["rating"]!.ToJsonString().Should().Be(given.Text);
        var row = (await board.HearAsync("chat_updated"))["chat"]!;
        ((string)row["rating"]!["score"]!, (string)row["rating"]!["comment"]!, (bool)row["archived"]!).Should().Be(("good", "Fast!", true));
        (await Jo.ChatAsync())["rating"]!.ToJsonString().Should().Be(given.Text);
        ((string)(await Mia.OpenChatAsync(Jo.ChatId))["rating"]!["score"]!).Should().Be("good");

        Server.Clock.Advance(Hour);
        var again = await RateAsync(Jo, "bad");
        again.Text.Should().Be($$"""{"score":"bad","comment":null,"until":"{{until}}"}""");
        ((string)(await RowAsync(Jo, "?archived=true"))!["rating"]!["created_at"]!).Should().Be(UtcText.Of(Server.Clock.GetUtcNow()));
        ((long)(await RowAsync(Jo, "?archived=true"))!["message_count"]!).Should().Be(2, "it is no message");
    }

    [Fact]
    public async Task It_is_over_a_day_later_and_when_the_visitor_writes_or_the_chat_is_restored()
    {
        var (ann, bob) = (await AskAsync("Hello"), await AskAsync("Hello"));
        foreach (var visitor in (Visitor[])[Jo, ann, bob])
        {
            await Mia.ReplyAsync(visitor.ChatId, "Hello!");
            await ArchiveAsync(visitor);
        }

        await using var widget = await ann.OpenAsync();
        await ann.PostAsync("One more thing");
        (await widget.HearAsync("rating"))["rating"].Should().BeNull();
        (await ann.ChatAsync())["rating"].Should().BeNull();
        (await RateAsync(ann, "good")).ShouldBeRefused(409, "conflict");
        await using var other = await bob.OpenAsync();
        await Mia.PostAsync($"/chats/{bob.ChatId}/unarchive");
        (await other.HearAsync("rating"))["rating"].Should().BeNull();
        (await RateAsync(bob, "good")).ShouldBeRefused(409, "conflict");

        Server.Clock.Advance(Day - Minute);
        (await RateAsync(Jo, "good")).Status.Should().Be(200);
        Server.Clock.Advance(Minute);
        (await Jo.ChatAsync())["rating"].Should().BeNull();
        (await RateAsync(Jo, "bad")).ShouldBeRefused(409, "conflict");
        ((string)(await RowAsync(Jo, "?archived=true"))!["rating"]!["score"]!).Should().Be("good", "the latest stays");
    }

    [Fact]
    public async Task Each_conversation_is_asked_for_anew_and_one_without_a_reply_is_not()
    {
        await ArchiveAsync(Jo);
        (await Jo.ChatAsync())["rating"].Should().BeNull("nobody has replied");
        (await RateAsync(Jo, "bad")).ShouldBeRefused(409, "conflict");
        await Jo.PostAsync("Hello?");
        await Mia.ReplyAsync(Jo.ChatId, "Hello!");
        await ArchiveAsync(Jo);
        (await RateAsync(Jo, "good")).Status.Should().Be(200);
        await Jo.PostAsync("Another question");
        await ArchiveAsync(Jo);
        (await Jo.ChatAsync())["rating"].Should().BeNull("nobody has replied to this one");
        await Mia.ReplyAsync(Jo.ChatId, "Sorry!");
        var asked = (await Jo.ChatAsync())["rating"]!;
        asked["score"].Should().BeNull("this one has no rating yet");
        (await RateAsync(Jo, "bad")).Status.Should().Be(200);
        (await Server.QueryAsync("select rating from conversations order by first_seq")).Should().Equal("", "good", "bad");
    }

    [Fact]
    public async Task What_is_no_rating_is_refused()
    {
        await Mia.ReplyAsync(Jo.ChatId, "Hello!");
        (await RateAsync(Jo, "good")).ShouldBeRefused(409, "conflict");
        await ArchiveAsync(Jo);
        foreach (var score in (string?[])["great", "", null, "Good"])
            (await RateAsync(Jo, score)).ShouldBeRefused(400, "bad_request");
        (await RateAsync(Jo, "good", new string('x', 1001))).ShouldBeRefused(422, "content_too_long");
        (await RateAsync(Jo, "good", string.Concat(Enumerable.Repeat("😀", 1000)))).Status.Should().Be(200);
        (await new Visitor(Server).RequestAsync(HttpMethod.Post, "/rating", new { score = "good" })).ShouldBeRefused(401, "unauthorized");
        await Mia.PostAsync($"/users/{Jo.UserId}/block");
        (await RateAsync(Jo, "bad")).ShouldBeRefused(403, "forbidden");
    }

    [Fact]
    public async Task Of_two_chats_that_join_the_identified_ones_rating_stays_else_the_others_is_taken()
    {
        var known = await KnownAsync("ada");
        await known.PostAsync("From the phone");
        var ann = await AskAsync("Hello");
        foreach (var (visitor, score) in ((Visitor, string)[])[(Jo, "good"), (ann, "bad")])
        {
            await Mia.ReplyAsync(visitor.ChatId, "Hello!");
            await ArchiveAsync(visitor);
            (await RateAsync(visitor, score)).Status.Should().Be(200);
        }

        await SignAsync(Jo, "ada");
        ((string)(await RowAsync(known))!["rating"]!["score"]!).Should().Be("good");
        await SignAsync(ann, "ada");
        ((string)(await RowAsync(known))!["rating"]!["score"]!).Should().Be("good");
        (await Server.QueryAsync("select first_seq, reply_seq, rating from conversations order by first_seq"))
            .Should().Equal("1||", "2|3|good", "4|5|bad");
    }

    private Task<Reply> ArchiveAsync(Visitor visitor) => Mia.PostAsync($"/chats/{visitor.ChatId}/archive");

    private static Task<Reply> RateAsync(Visitor visitor, string? score, string? comment = null) =>
        visitor.RequestAsync(HttpMethod.Post, "/rating", new { score, comment });
}

/// <summary>Nobody is asked unless the owner wants it.</summary>
public sealed class RatingOffSpecs : DeskStories
{
    [Fact]
    public async Task Nobody_is_asked_unless_the_owner_wants_it()
    {
        await Mia.ReplyAsync(Jo.ChatId, "Hello!");
        await using var widget = await Jo.OpenAsync();
        await Mia.PostAsync($"/chats/{Jo.ChatId}/archive");
        await widget.SettleAsync();

        widget.Of("rating").Should().BeEmpty();
        var chat = await Jo.ChatAsync();
        (chat.AsObject().ContainsKey("rating"), chat["rating"]).Should().Be((true, null));
        (await Jo.RequestAsync(HttpMethod.Post, "/rating", new { score = "good" })).ShouldBeRefused(409, "conflict");
        await PatchAsync("/settings", new Dictionary<string, string> { ["Rating:Enabled"] = "true" });
        (await Jo.RequestAsync(HttpMethod.Post, "/rating", new { score = "good" })).Status.Should().Be(200);
    }
}
