using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>The dashboards hear what becomes of every letter about replies, from the moment it is scheduled.</summary>
public sealed class LetterNewsSpecs : MailStories
{
    [Fact]
    public async Task A_letter_that_is_scheduled_is_told_once_and_again_when_it_is_sent()
    {
        await using var board = await Mia.WatchAsync();
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await Mia.ReplyAsync(Jo.ChatId, "Two.");
        var told = await board.HearAsync("letter");
        ((string)told["chat_id"]!).Should().Be(Jo.ChatId);
        Of(told).Should().Be("waiting|1||2026-11-22T09:05:00.000Z|jo@example.org||");
        (await LettersAsync()).Should().Equal(Of(told));
        await board.SettleAsync();
        board.Of("letter").Should().ContainSingle("the second reply goes with the first");

        await PassAsync(5 * Minute);
        await Post.ReceiveAsync();

        Of(await board.HearAsync("letter", frame => (string)frame["letter"]!["state"]! == "sent"))
            .Should().Be("sent|1|2||jo@example.org|2026-11-22T09:05:00.000Z|");
        board.Of("letter").Select(frame => (string)frame["letter"]!["id"]!).Distinct().Should().ContainSingle();
        await Mia.ReplyAsync(Jo.ChatId, "Three.");
        Of(await board.HearAsync("letter", frame => (long)frame["letter"]!["first_seq"]! == 3))
            .Should().Be("waiting|3||2026-11-22T10:05:00.000Z|jo@example.org||", "not within an hour of the last");
        (await LettersAsync()).Select(letter => letter.Split('|')[0]).Should().Equal("waiting", "sent");
    }

    [Fact]
    public async Task A_letter_that_is_not_needed_any_more_is_told()
    {
        await using var board = await Mia.WatchAsync();
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await Jo.MarkReadAsync();
        await DroppedAsync(1);
        (await LettersAsync()).Should().BeEmpty();
        await Mia.ReplyAsync(Jo.ChatId, "Two.");
        await Jo.PostAsync("Thank you");
        await DroppedAsync(2);

        // What is found when it is due.
        await Mia.ReplyAsync(Jo.ChatId, "Three.");
        await Mia.PostAsync($"/chats/{Jo.ChatId}/archive");
        await PassAsync(5 * Minute);
        await DroppedAsync(3);
        Post.Count.Should().Be(0);

        async Task DroppedAsync(int letters)
        {
            await board.HearAsync("letter", _ => board.Of("letter").Count(
                frame => (string)frame["letter"]!["state"]! == "dropped") == letters);
        }
    }

    [Fact]
    public async Task A_letter_that_is_put_off_is_told_with_its_next_try_and_the_mail_servers_words()
    {
        Post.Mood = step => step == "RCPT" ? "451 4.7.1 try again later" : null;
        await using var board = await Mia.WatchAsync();
        var nobody = await NewVisitorAsync(null);
        await Mia.ReplyAsync(nobody.ChatId, "Zero.");
        Of(await board.HearAsync("letter")).Should().Be("waiting|1||2026-11-22T09:05:00.000Z|||", "the address may still come");
        await Mia.ReplyAsync(Jo.ChatId, "One.");
        await PassAsync(5 * Minute);

        Of(await board.HearAsync("letter", frame => frame["letter"]!["error"] is not null))
            .Should().Be("waiting|1|1|2026-11-22T09:06:00.000Z|jo@example.org||451 4.7.1 try again later");
        board.Of("letter").Where(frame => (string)frame["chat_id"]! == nobody.ChatId).Select(frame => (string)frame["letter"]!["state"]!)
            .Should().Equal("waiting", "dropped");
        (await LettersAsync()).Should().Equal("waiting|1|1|2026-11-22T09:06:00.000Z|jo@example.org||451 4.7.1 try again later");
    }

    private async Task<IEnumerable<string>> LettersAsync() =>
        (await Mia.OpenChatAsync(Jo.ChatId))["letters"]!.AsArray()
            .Select(letter => Of(new JsonObject { ["letter"] = letter!.DeepClone() }));

    private static string Of(JsonObject frame) => string.Join('|', ((string[])[
        "state", "first_seq", "last_seq", "due_at", "recipient", "settled_at", "error"]).Select(name => frame["letter"]![name]));
}
