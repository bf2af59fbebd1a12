using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Chats are sorted by tags, and found by them.</summary>
public sealed class TagsSpecs : DeskStories
{
    [Fact]
    public async Task The_whole_set_is_stored_trimmed_and_each_tag_once()
    {
        await using var board = await Mia.WatchAsync();

        var row = await TagAsync(Jo, " billing ", "VIP", "vip", "billing", "Größe 🙂");

        row.Status.Should().Be(200, row.Text);
        TagsOf(row.Json!).Should().Equal("billing", "VIP", "vip", "Größe 🙂");
        TagsOf((await board.HearAsync("chat_updated"))["chat"]!).Should().Equal("billing", "VIP", "vip", "Größe 🙂");
        TagsOf((await RowAsync(Jo))!).Should().Equal("billing", "VIP", "vip", "Größe 🙂");
        TagsOf(await Mia.OpenChatAsync(Jo.ChatId)).Should().HaveCount(4);
        await Server.RestartAsync();
        await Mia.SignInAsync();
        TagsOf((await RowAsync(Jo))!).Should().HaveCount(4);
        TagsOf((await TagAsync(Jo)).Json!).Should().BeEmpty();
        (await Server.QueryAsync("select tag from chat_tags")).Should().BeEmpty();
    }

    [Fact]
    public async Task What_breaks_the_rules_changes_nothing()
    {
        await TagAsync(Jo, "kept");
        await using var board = await Mia.WatchAsync();
        foreach (var tags in (string?[][])[
            [" "], [""], ["\u200b"], [null], ["x", new string('y', 41)], [.. Enumerable.Range(0, 11).Select(each => $"tag {each}")]])
            (await PutAsync($"/chats/{Jo.ChatId}/tags", tags)).ShouldBeRefused(400, "bad_request");
        foreach (var body in (string[])["{}", "\"x\"", "[1]", "[[]]", "null", "["])
            (await PutAsync($"/chats/{Jo.ChatId}/tags", new StringContent(body))).ShouldBeRefused(400, "bad_request");
        (await PutAsync($"/chats/{Absent}/tags", (string[])["x"])).ShouldBeRefused(404, "not_found");

        TagsOf((await RowAsync(Jo))!).Should().Equal("kept");
        (await TagAsync(Jo, "kept")).Status.Should().Be(200);
        await board.SettleAsync();
        board.Of("chat_updated").Should().BeEmpty("nothing has changed");
        var faces = string.Concat(Enumerable.Repeat("😀", 39));
        (await TagAsync(Jo, [.. Enumerable.Range(0, 10).Select(each => each + faces)])).Status.Should().Be(200);
        (await TagAsync(Jo, [.. Enumerable.Repeat("same", 20)])).Status.Should().Be(200, "twice is once");
    }

    [Fact]
    public async Task Every_tag_is_counted_the_most_used_first()
    {
        var (ann, bob) = (await AskAsync("One"), await AskAsync("Two"));
        await TagAsync(Jo, "b", "a");
        await TagAsync(ann, "b", "c");
        await TagAsync(bob, "b", "c");
        await Mia.PostAsync($"/chats/{bob.ChatId}/archive");

        (await CountsAsync()).Should().Equal("b 3", "c 2", "a 1");
        await DeleteAsync("/users/" + bob.UserId);
        (await CountsAsync()).Should().Equal("b 2", "a 1", "c 1");
    }

    [Fact]
    public async Task A_tag_is_found_exactly_and_with_every_other_filter()
    {
        var (ann, bob, eve) = (await AskAsync("oak"), await AskAsync("oak"), await AskAsync("ash"));
        foreach (var visitor in (Visitor[])[ann, bob, eve])
            await TagAsync(visitor, "wood", "x");
        await TagAsync(Jo, "Wood", "woods");
        await Mia.ReplyAsync(eve.ChatId, "Yes");
        await PutAsync($"/chats/{ann.ChatId}/assignee", new { admin_id = Mia.Id });
        await Mia.PostAsync($"/chats/{bob.ChatId}/archive");

        (await IdsAsync("?tag=wood")).Should().Equal(eve.ChatId, ann.ChatId);
        (await IdsAsync("?tag=Wood")).Should().Equal(Jo.ChatId);
        (await IdsAsync("?tag=woo")).Should().BeEmpty();
        (await IdsAsync("?tag=")).Should().HaveCount(3);
        (await IdsAsync("?tag=wood&archived=true")).Should().Equal(bob.ChatId);
        (await IdsAsync("?tag=wood&q=oak")).Should().Equal(ann.ChatId);
        (await IdsAsync("?tag=wood&unanswered=true")).Should().Equal(ann.ChatId);
        (await IdsAsync("?tag=wood&assignee=me")).Should().Equal(ann.ChatId);
        (await IdsAsync("?tag=wood&assignee=none")).Should().Equal(eve.ChatId);
        var page = await Mia.GetAsync("/chats?tag=wood&limit=1");
        page.Next.Should().Contain("tag=wood");
        (await new Admin(Server, "", "") { Cookie = Mia.Cookie }.GetAsync(page.Next!)).Json!.AsArray()
            .Select(row => (string)row!["id"]!).Should().Equal(ann.ChatId);
    }

    [Fact]
    public async Task Tags_are_united_when_chats_join_the_first_ten()
    {
        var known = await KnownAsync("ada");
        await known.PostAsync("From the phone");
        await TagAsync(known, [.. Enumerable.Range(0, 8).Select(each => $"known {each}")]);
        await TagAsync(Jo, "known 3", "new 1", "new 2", "new 3");

        await SignAsync(Jo, "ada");

        TagsOf((await RowAsync(known))!).Should().Equal([.. Enumerable.Range(0, 8).Select(each => $"known {each}"), "new 1", "new 2"]);
        (await IdsAsync("?tag=new 2")).Should().Equal(known.ChatId);
        (await IdsAsync("?tag=new 3")).Should().BeEmpty();
    }

    private Task<Reply> TagAsync(Visitor visitor, params string[] tags) => PutAsync($"/chats/{visitor.ChatId}/tags", tags);

    private static IEnumerable<string> TagsOf(JsonNode row) => row["tags"]!.AsArray().Select(tag => (string)tag!);

    private async Task<IEnumerable<string>> CountsAsync() =>
        (await Mia.GetAsync("/tags")).Json!.AsArray().Select(tag => $"{tag!["tag"]} {tag["count"]}");
}
