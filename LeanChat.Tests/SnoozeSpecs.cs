using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>A chat that somebody wants to see again later is out of the way until then.</summary>
public sealed class SnoozeSpecs : DeskStories
{
    [Fact]
    public async Task A_snoozed_chat_is_listed_alone_until_its_time_and_is_unread_then()
    {
        var ann = await AskAsync("Hello");
        await Mia.OpenChatAsync(Jo.ChatId);
        await using var board = await Mia.WatchAsync();

        var row = await SnoozeAsync(Jo, Hour);

        row.Status.Should().Be(200, row.Text);
        ((string)row.Json!["snoozed_until"]!).Should().Be(UtcText.Of(Server.Clock.GetUtcNow() + Hour));
        ((string)(await board.HearAsync("chat_updated"))["chat"]!["snoozed_until"]!).Should().Be((string)row.Json["snoozed_until"]!);
        (await IdsAsync("")).Should().Equal(ann.ChatId);
        (await IdsAsync("?q=hello")).Should().Equal(ann.ChatId);
        (await IdsAsync("?snoozed=true")).Should().Equal(Jo.ChatId);
        (await IdsAsync("?snoozed=true&q=hello")).Should().Equal(Jo.ChatId);
        (await IdsAsync("?archived=true")).Should().BeEmpty();
        var counts = (await Mia.GetAsync("/counts")).Json!;
        ((long)counts["active"]!, (long)counts["snoozed"]!, (long)counts["unread"]!).Should().Be((1, 1, 1));
        ((string)(await Mia.OpenChatAsync(Jo.ChatId))["snoozed_until"]!).Should().NotBeNull("opening does not end it");
        await Mia.ReplyAsync(Jo.ChatId, "We are on it");
        (await IdsAsync("?snoozed=true")).Should().Equal([Jo.ChatId], "nor does an answer");

        Server.Clock.Advance(Hour);

        var told = (await board.HearAsync("chat_updated", frame => (bool)frame["chat"]!["unread"]!))["chat"]!;
        ((string)told["id"]!, told["snoozed_until"], (long)told["unread_count"]!).Should().Be((Jo.ChatId, null, 0));
        (await IdsAsync("")).Should().Equal(Jo.ChatId, ann.ChatId);
        ((bool)(await RowAsync(Jo))!["unread"]!).Should().BeTrue();
        await Mia.OpenChatAsync(Jo.ChatId);
        ((bool)(await RowAsync(Jo))!["unread"]!).Should().BeFalse();
    }

    [Fact]
    public async Task It_ends_after_a_restart_too_and_an_earlier_one_is_not_held_up_by_a_later_one()
    {
        var (ann, bob) = (await AskAsync("Hello"), await AskAsync("Hello"));
        await SnoozeAsync(Jo, 2 * Day);
        await SnoozeAsync(ann, Minute);
        await SnoozeAsync(bob, Hour);
        await using (var board = await Mia.WatchAsync())
        {
            Server.Clock.Advance(Minute);
            ((string)(await board.HearAsync("chat_updated"))["chat"]!["id"]!).Should().Be(ann.ChatId);
        }

        await Server.StopAsync();
        Server.Clock.Advance(Hour);
        await Server.StartAgainAsync();

        await Mia.SignInAsync();
        await Eventually.IsTrueAsync(async () => (await IdsAsync("?snoozed=true")).SequenceEqual([Jo.ChatId]));
        ((bool)(await RowAsync(bob))!["unread"]!).Should().BeTrue();
        Server.Clock.Advance(2 * Day);
        await Eventually.IsTrueAsync(async () => !(await IdsAsync("?snoozed=true")).Any());
    }

    [Fact]
    public async Task The_users_message_archiving_and_a_hand_end_it()
    {
        var (ann, bob) = (await AskAsync("Hello"), await AskAsync("Hello"));
        foreach (var visitor in (Visitor[])[Jo, ann, bob])
            await SnoozeAsync(visitor, Hour);
        await using var board = await Mia.WatchAsync();

        await Jo.PostAsync("One more thing");
        var archived = (await Mia.PostAsync($"/chats/{ann.ChatId}/archive")).Json!;
        var woken = (await Mia.PostAsync($"/chats/{bob.ChatId}/unsnooze")).Json!;
        var again = await Mia.PostAsync($"/chats/{bob.ChatId}/unsnooze");

        (await board.HearAsync("chat_updated"))["chat"]!["snoozed_until"].Should().BeNull();
        (archived["snoozed_until"], woken["snoozed_until"], again.Status).Should().Be((null, null, 200));
        (await IdsAsync("")).Should().BeEquivalentTo(Jo.ChatId, bob.ChatId);
        (await IdsAsync("?archived=true")).Should().Equal(ann.ChatId);
        (await IdsAsync("?snoozed=true")).Should().BeEmpty();
        await Mia.PostAsync($"/chats/{ann.ChatId}/unarchive");
        (await RowAsync(ann))!["snoozed_until"].Should().BeNull();
        await Server.AuditAsync(Mia);
    }

    [Fact]
    public async Task The_time_is_later_than_now_and_within_a_year()
    {
        foreach (var wait in (TimeSpan[])[TimeSpan.Zero, -Second, 366 * Day])
            (await SnoozeAsync(Jo, wait)).ShouldBeRefused(400, "bad_request");
        foreach (var until in (object?[])["tomorrow", "", null, "2026-13-01T00:00:00Z"])
            (await Mia.PostAsync($"/chats/{Jo.ChatId}/snooze", new { until })).ShouldBeRefused(400, "bad_request");
        (await Mia.PostAsync($"/chats/{Jo.ChatId}/snooze", new { until = 7 })).ShouldBeRefused(400, "bad_request");
        (await Mia.PostAsync($"/chats/{Absent}/snooze", new { until = "2026-11-23T00:00:00Z" })).ShouldBeRefused(404, "not_found");
        (await Mia.PostAsync($"/chats/{Absent}/unsnooze")).ShouldBeRefused(404, "not_found");
        (await SnoozeAsync(Jo, 365 * Day)).Status.Should().Be(200);
        (await SnoozeAsync(Jo, Minute)).Status.Should().Be(200, "another time takes its place");
        await Mia.PostAsync($"/chats/{Jo.ChatId}/archive");
        (await SnoozeAsync(Jo, Minute)).ShouldBeRefused(409, "conflict");
    }

    [Fact]
    public async Task Of_two_chats_that_join_the_identified_ones_assignee_snooze_and_rating_stay()
    {
        var (known, other) = (await KnownAsync("ada"), await KnownAsync("bob"));
        await known.PostAsync("From the phone");
        await other.PostAsync("From the phone");
        var ann = await AskAsync("Hello");
        var until = (string)(await SnoozeAsync(known, Hour)).Json!["snoozed_until"]!;
        await PutAsync($"/chats/{known.ChatId}/assignee", new { admin_id = Ben.Id });
        var later = (string)(await SnoozeAsync(Jo, Day)).Json!["snoozed_until"]!;
        await SnoozeAsync(ann, Day);
        foreach (var visitor in (Visitor[])[Jo, ann])
            await PutAsync($"/chats/{visitor.ChatId}/assignee", new { admin_id = Mia.Id });

        await SignAsync(Jo, "ada");
        await SignAsync(ann, "bob");

        var (kept, taken) = (await RowAsync(known, "?snoozed=true"), await RowAsync(other, "?snoozed=true"));
        ((string)kept!["snoozed_until"]!, (string)kept["assignee"]!["id"]!).Should().Be((until, Ben.Id));
        ((string)taken!["snoozed_until"]!, (string)taken["assignee"]!["id"]!).Should().Be((later, Mia.Id));
    }

    private Task<Reply> SnoozeAsync(Visitor visitor, TimeSpan wait) =>
        Mia.PostAsync($"/chats/{visitor.ChatId}/snooze", new { until = UtcText.Of(Server.Clock.GetUtcNow() + wait) });
}
