using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Admins mend and take back what they wrote, for a quarter of an hour.</summary>
public sealed class EditSpecs : DeskStories
{
    [Fact]
    public async Task An_edit_is_told_to_everybody_and_keeps_what_the_message_is()
    {
        await using var widget = await Jo.OpenAsync();
        await using var other = await Ben.JoinAsync(Jo.ChatId);
        var sent = (await Mia.ReplyAsync(Jo.ChatId, "We open at 8", "a1")).Json!;
        await Jo.MarkReadAsync();
        await using var board = await Ben.WatchAsync();
        Server.Clock.Advance(Minute);

        var reply = await EditAsync(Jo, sent, "We open at 9");

        reply.Status.Should().Be(200, reply.Text);
        var edited = reply.Json!;
        foreach (var kept in (string[])["id", "seq", "client_id", "created_at", "sender_name", "via", "deleted_at"])
            edited[kept]?.ToJsonString().Should().Be(sent[kept]?.ToJsonString(), kept);
        ((string)edited["content"]!, (string)edited["edited_at"]!).Should().Be(("We open at 9", "2026-11-22T09:01:00.010Z"));
        ((string?)edited["read_at"]).Should().NotBeNull();
        foreach (var socket in (Conversation[])[widget, other])
            (await socket.HearAsync("message_updated"))["message"]!.ToJsonString().Should().Be(edited.ToJsonString());
        var row = (await board.HearAsync("chat_updated"))["chat"]!;
        ((string)row["last_message_preview"]!, (long)row["message_count"]!, (bool)row["unread"]!).Should().Be(("We open at 9", 2, true));
        await board.SettleAsync();
        board.Of("new_user_message").Should().BeEmpty();
        (await EditAsync(Jo, sent, "We open at 9")).Json!.ToJsonString()
            .Should().Be(edited.ToJsonString(), "the same again is nothing new");
        (await EditAsync(Jo, sent, " ")).ShouldBeRefused(422, "empty_content");
        (await EditAsync(Jo, sent, new string('x', 5001))).ShouldBeRefused(422, "content_too_long");
        await Server.AuditAsync(Mia);
    }

    [Fact]
    public async Task What_was_deleted_keeps_its_place_without_words()
    {
        var first = (await Mia.ReplyAsync(Jo.ChatId, "First")).Json!;
        var sent = (await Mia.ReplyAsync(Jo.ChatId, "A slip of the tongue")).Json!;
        await EditAsync(Jo, sent, "A slip of the tongue again");
        await using var widget = await Jo.OpenAsync();

        var deleted = await RemoveAsync(Jo, sent);

        deleted.Status.Should().Be(200, deleted.Text);
        ((string)deleted.Json!["content"]!, deleted.Json["deleted_at"] is null, deleted.Json["edited_at"] is null)
            .Should().Be(("", false, false));
        ((string)(await widget.HearAsync("message_updated"))["message"]!["content"]!).Should().BeEmpty();
        var row = (await RowAsync(Jo))!;
        ((string)row["last_message_preview"]!, (long)row["message_count"]!).Should().Be(("", 3));
        (await RemoveAsync(Jo, first)).Status.Should().Be(200);
        ((string)(await RowAsync(Jo))!["last_message_preview"]!).Should().BeEmpty();
        (await RemoveAsync(Jo, sent)).ShouldBeRefused(409, "conflict");
        (await EditAsync(Jo, sent, "Back")).ShouldBeRefused(409, "conflict");
        (await Mia.ReplyAsync(Jo.ChatId, "Third")).Status.Should().Be(201);
        await Server.AuditAsync(Mia);
    }

    [Fact]
    public async Task Only_ones_own_words_and_only_for_a_quarter_of_an_hour()
    {
        var (mias, jos) = ((await Mia.ReplyAsync(Jo.ChatId, "Mia's")).Json!, (await Jo.PostAsync("Jo's")).Json!);
        var ann = await AskAsync("Hello");

        (await Ben.RequestAsync(HttpMethod.Patch, Path(Jo, mias), new { content = "x" })).ShouldBeRefused(403, "forbidden");
        (await Ben.RequestAsync(HttpMethod.Delete, Path(Jo, mias))).ShouldBeRefused(403, "forbidden");
        (await EditAsync(Jo, jos, "x")).ShouldBeRefused(403, "forbidden");
        (await EditAsync(ann, mias, "x")).ShouldBeRefused(404, "not_found");
        (await PatchAsync($"/chats/{Jo.ChatId}/messages/{Absent}", new { content = "x" })).ShouldBeRefused(404, "not_found");
        (await PatchAsync($"/chats/{Absent}/messages/{mias["id"]}", new { content = "x" })).ShouldBeRefused(404, "not_found");
        (await DeleteAsync($"/chats/{Absent}/messages/{mias["id"]}")).ShouldBeRefused(404, "not_found");
        Server.Clock.Advance(15 * Minute - 10 * Second);
        (await EditAsync(Jo, mias, "Mia's, better")).Status.Should().Be(200);
        Server.Clock.Advance(11 * Second);
        (await EditAsync(Jo, mias, "too late")).ShouldBeRefused(409, "conflict");
        (await RemoveAsync(Jo, mias)).ShouldBeRefused(409, "conflict");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_old_words_are_gone_from_search_file_and_export(bool deleted)
    {
        var sent = (await Mia.ReplyAsync(Jo.ChatId, "The password is swordfish")).Json!;
        (await IdsAsync("?q=swordfish")).Should().Equal(Jo.ChatId);
        var late = (await Mia.ReplyAsync(Jo.ChatId, "And the other is marlin")).Json!;

        foreach (var message in (JsonNode[])[sent, late])
            (deleted ? await RemoveAsync(Jo, message) : await EditAsync(Jo, message, "Look into your mail")).Status.Should().Be(200);

        (await IdsAsync("?q=swordfish")).Should().BeEmpty();
        (await IdsAsync("?q=marlin")).Should().BeEmpty();
        (await IdsAsync("?q=mail")).Should().HaveCount(deleted ? 0 : 1);
        (await Mia.GetAsync($"/users/{Jo.UserId}/export")).Text.Should().NotContain("swordfish").And.NotContain("marlin");
        Server.OnDisk().Should().NotContain("swordfish").And.NotContain("marlin");
        await Server.AuditAsync(Mia);
    }

    [Fact]
    public async Task A_retry_is_compared_with_what_was_first_sent()
    {
        var sent = (await Mia.ReplyAsync(Jo.ChatId, "We open at 8", "a1")).Json!;
        await EditAsync(Jo, sent, "We open at 9");
        await EditAsync(Jo, sent, "We open at 10");

        var again = await Mia.ReplyAsync(Jo.ChatId, "We open at 8", "a1");

        (again.Status, (string)again.Json!["content"]!).Should().Be((200, "We open at 10"));
        (await Mia.ReplyAsync(Jo.ChatId, "We open at 10", "a1")).ShouldBeRefused(409, "client_id_conflict");
        await RemoveAsync(Jo, sent);
        ((string)(await Mia.ReplyAsync(Jo.ChatId, "We open at 8", "a1")).Json!["content"]!).Should().BeEmpty();
        (await Server.QueryAsync("select count(*) from support_messages")).Should().Equal("2");
    }

    [Fact]
    public async Task Who_was_away_hears_of_edits_before_what_came_later()
    {
        var old = (await Mia.ReplyAsync(Jo.ChatId, "One")).Json!;
        var kept = (await Mia.ReplyAsync(Jo.ChatId, "Two")).Json!;
        var gone = (await Mia.ReplyAsync(Jo.ChatId, "Three")).Json!;
        await EditAsync(Jo, old, "One, better");
        await RemoveAsync(Jo, gone);
        var later = (await Mia.ReplyAsync(Jo.ChatId, "Four")).Json!;
        await EditAsync(Jo, later, "Four, better");

        await using var resumed = await Jo.OpenAsync(after: (long)gone["seq"]!);
        await resumed.SettleAsync();
        await using var fresh = await Jo.OpenAsync();
        await fresh.SettleAsync();

        Told(resumed).Should().Equal("ready ", "message_updated One, better", "message_updated ", "new_message Four, better");
        Told(fresh).Should().Equal("ready ");
        kept.Should().NotBeNull();

        for (var each = 0; each < 48; each++)
            await Jo.PostAsync($"{each}");
        await using var far = await Jo.OpenAsync(after: 53);
        await far.SettleAsync();
        Told(far).Should().Equal("ready ", "message_updated ", "message_updated Four, better");
        await using var behind = await Jo.OpenAsync(after: 4);
        await behind.SettleAsync();
        Told(behind).Take(3).Should().Equal("ready ", "message_updated ", "new_message Four, better");
    }

    [Fact]
    public async Task Who_asks_again_and_again_is_told_what_changed_since()
    {
        var first = (await Mia.ReplyAsync(Jo.ChatId, "One")).Json!;
        var second = (await Mia.ReplyAsync(Jo.ChatId, "Two")).Json!;
        (await ChangedAsync("2026-11-22T00:00:00Z")).Should().BeEmpty();
        await EditAsync(Jo, second, "Two, better");
        await EditAsync(Jo, first, "One, better");

        var changed = (await Jo.GetAsync("/messages?changed_since=2026-11-22T00:00:00Z")).Json!.AsArray();

        changed.Select(message => (string)message!["content"]!).Should().Equal("Two, better", "One, better");
        var (at, last) = ((string)changed[0]!["edited_at"]!, (string)changed[1]!["edited_at"]!);
        string.CompareOrdinal(last, at).Should().BePositive("each change is later than the one before");
        (await ChangedAsync(at)).Should().Equal("One, better");
        (await ChangedAsync(last)).Should().BeEmpty();
        await RemoveAsync(Jo, second);
        (await ChangedAsync(last)).Should().Equal("");
        (await Jo.GetAsync("/messages?changed_since=2026-11-22T00:00:00Z&limit=1")).Json!.AsArray().Should().ContainSingle();
        (await Jo.GetAsync("/messages?changed_since=x")).ShouldBeRefused(400, "bad_request");
        (await Jo.GetAsync("/messages?after=0")).Json!.AsArray().Should().HaveCount(3);
    }

    [Fact]
    public async Task Edits_survive_a_restart_and_move_with_the_chat()
    {
        var known = await KnownAsync("ada");
        await known.PostAsync("From the phone");
        var sent = (await Mia.ReplyAsync(Jo.ChatId, "We open at 8", "a1")).Json!;
        await EditAsync(Jo, sent, "We open at 9");
        await Server.RestartAsync();
        await Mia.SignInAsync();

        await SignAsync(Jo, "ada");

        ((string)(await Mia.ReplyAsync(known.ChatId, "We open at 8", "a1")).Json!["content"]!).Should().Be("We open at 9");
        await using var resumed = await known.OpenAsync(after: 3);
        ((long)(await resumed.HearAsync("message_updated"))["message"]!["seq"]!).Should().Be(3);
    }

    private static string Path(Visitor visitor, JsonNode message) => $"/chats/{visitor.ChatId}/messages/{message["id"]}";

    private Task<Reply> EditAsync(Visitor visitor, JsonNode message, string content) => PatchAsync(Path(visitor, message), new { content });

    private Task<Reply> RemoveAsync(Visitor visitor, JsonNode message) => DeleteAsync(Path(visitor, message));

    private async Task<IEnumerable<string>> ChangedAsync(string since) =>
        (await Jo.GetAsync("/messages?changed_since=" + since)).Json!.AsArray().Select(message => (string)message!["content"]!);

    private static IEnumerable<string> Told(Conversation conversation) =>
        conversation.All.Where(frame => (string?)frame["type"] is "ready" or "message_updated" or "new_message")
            .Select(frame => $"{frame["type"]} {frame["message"]?["content"]}");
}
