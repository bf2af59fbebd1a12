using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>What admins tell each other about a chat, and nobody else.</summary>
public sealed class NotesSpecs : DeskStories
{
    [Fact]
    public async Task A_note_is_told_to_every_dashboard_and_changes_nothing_in_the_list()
    {
        await using var board = await Ben.WatchAsync();
        var before = (await RowAsync(Jo))!.ToJsonString();

        var added = await NoteAsync(Jo, "  Call back <b>today</b> 🙂");

        added.Status.Should().Be(201, added.Text);
        var note = added.Json!;
        note.AsObject().Select(each => each.Key).Should().BeEquivalentTo("id", "content", "admin_name", "created_at", "after_seq");
        ((string)note["content"]!, (string)note["admin_name"]!, (long)note["after_seq"]!)
            .Should().Be(("  Call back <b>today</b> 🙂", "Mia", 1));
        var told = await board.HearAsync("note");
        ((string)told["chat_id"]!, told["note"]!.ToJsonString()).Should().Be((Jo.ChatId, note.ToJsonString()));
        await board.SettleAsync();
        board.Of("chat_updated").Should().BeEmpty();
        (await RowAsync(Jo))!.ToJsonString().Should().Be(before);
        (await Mia.ListAsync("?q=today")).Should().BeEmpty("a search finds no notes");
    }

    [Fact]
    public async Task The_chat_has_all_its_notes_oldest_first_and_an_older_page_has_none()
    {
        await NoteAsync(Jo, "one");
        for (var each = 0; each < 60; each++)
            await Jo.PostAsync($"message {each}");
        await NoteAsync(Jo, "two");

        (await NotesAsync(Jo)).Should().Equal("one@1", "two@61");
        (await Mia.GetAsync($"/chats/{Jo.ChatId}?before=20")).Json!["notes"].Should().BeNull();
        (await Mia.GetAsync($"/chats/{Jo.ChatId}?before=20")).Text.Should().NotContain("notes");
    }

    [Fact]
    public async Task Any_admin_deletes_any_note()
    {
        var id = (string)(await NoteAsync(Jo, "Secret plan")).Json!["id"]!;
        await using var board = await Mia.WatchAsync();

        (await Ben.RequestAsync(HttpMethod.Delete, "/notes/" + id)).Status.Should().Be(204);

        var told = await board.HearAsync("note_deleted");
        ((string)told["chat_id"]!, (string)told["id"]!).Should().Be((Jo.ChatId, id));
        (await Ben.RequestAsync(HttpMethod.Delete, "/notes/" + id)).ShouldBeRefused(404, "not_found");
        (await NotesAsync(Jo)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_note_is_checked_as_a_message_is()
    {
        (await NoteAsync(Jo, " ")).ShouldBeRefused(422, "empty_content");
        (await NoteAsync(Jo, new string('x', 5001))).ShouldBeRefused(422, "content_too_long");
        (await NoteAsync(Jo, new string('x', 5000))).Status.Should().Be(201);
        (await Mia.PostAsync($"/chats/{Absent}/notes", new { content = "x" })).ShouldBeRefused(404, "not_found");
        (await Mia.PostAsync($"/chats/{Jo.ChatId}/notes", new StringContent("[]"))).ShouldBeRefused(400, "bad_request");
    }

    [Fact]
    public async Task No_user_ever_sees_a_note()
    {
        await using var widget = await Jo.OpenAsync(after: 0);
        await NoteAsync(Jo, "Not for Jo");
        await widget.SettleAsync();

        widget.All.Should().NotContain(frame => frame.ToJsonString().Contains("Not for Jo"));
        widget.Of("note").Should().BeEmpty();
        (await Jo.GetAsync("")).Text.Should().NotContain("Not for Jo").And.NotContain("notes");
        (await Jo.GetAsync("/messages?after=0")).Text.Should().NotContain("Not for Jo");
        (await Mia.GetAsync($"/chats/{Jo.ChatId}/transcript")).Text.Should().NotContain("Not for Jo");
    }

    [Fact]
    public async Task What_is_handed_to_the_person_has_neither_notes_nor_tags()
    {
        await NoteAsync(Jo, "A difficult customer");
        await PutAsync($"/chats/{Jo.ChatId}/tags", (string[])["vip"]);

        var all = (await Mia.GetAsync($"/users/{Jo.UserId}/export")).Json!;
        var handed = await Mia.GetAsync($"/users/{Jo.UserId}/export?for=user");

        ((string)all["notes"]![0]!["content"]!, (string)all["tags"]![0]!).Should().Be(("A difficult customer", "vip"));
        handed.Status.Should().Be(200);
        handed.Text.Should().NotContain("difficult").And.NotContain("vip").And.NotContain("notes").And.NotContain("tags");
        handed.Json!["messages"]!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task Notes_go_with_the_person()
    {
        await NoteAsync(Jo, "A remark that must vanish");

        (await DeleteAsync("/users/" + Jo.UserId)).Status.Should().Be(204);

        (await Server.QueryAsync("select id from notes")).Should().BeEmpty();
        Server.OnDisk().Should().NotContain("A remark that must vanish");
    }

    [Fact]
    public async Task Notes_move_along_with_their_messages_when_chats_join()
    {
        var known = await KnownAsync("ada");
        await known.PostAsync("From the phone");
        await known.PostAsync("And again");
        await NoteAsync(known, "first");
        await NoteAsync(Jo, "at hello");
        await Jo.PostAsync("Still there?");
        await NoteAsync(Jo, "later");
        await using var board = await Mia.WatchAsync();

        await SignAsync(Jo, "ada");

        (await NotesAsync(known)).Should().Equal("first@2", "at hello@3", "later@4");
        ((string)(await board.HearAsync("note"))["chat_id"]!).Should().Be(known.ChatId);
        await Server.AuditAsync(Mia);
    }

    [Fact]
    public async Task A_note_outlives_the_admin_who_wrote_it_and_an_address_stands_in_for_a_missing_name()
    {
        var nameless = await Server.AdminAsync("leo@example.com", null);
        await nameless.PostAsync($"/chats/{Jo.ChatId}/notes", new { content = "Bye" });
        (await DeleteAsync("/admins/" + nameless.Id)).Status.Should().Be(204);

        ((string)(await Mia.OpenChatAsync(Jo.ChatId))["notes"]![0]!["admin_name"]!).Should().Be("leo@example.com");
    }

    private Task<Reply> NoteAsync(Visitor visitor, string content) => Mia.PostAsync($"/chats/{visitor.ChatId}/notes", new { content });

    private async Task<IEnumerable<string>> NotesAsync(Visitor visitor) =>
        ((await Mia.OpenChatAsync(visitor.ChatId))["notes"] as JsonArray)!.Select(note => $"{note!["content"]}@{note["after_seq"]}");
}
