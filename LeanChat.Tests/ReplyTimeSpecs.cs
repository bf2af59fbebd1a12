using LeanChat.Chats;
using LeanChat.Storage;

namespace LeanChat.Tests;

/// <summary>How soon somebody usually answers: visitors are told what the last 30 days show, and nothing that few answers show.</summary>
public sealed class ReplyTimeSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0");
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Ten_answers_show_what_is_usual_and_nine_show_nothing()
    {
        for (var i = 0; i < 3; i++)
            await AnswerAsync(await _server.VisitorAsync(), TimeSpan.FromHours(20));
        _server.Clock.Advance(TimeSpan.FromDays(31));
        await _mia.SignInAsync();
        var people = new List<Visitor>();
        for (var minutes = 1; minutes <= 8; minutes++)
        {
            people.Add(await _server.VisitorAsync());
            await AnswerAsync(people[^1], TimeSpan.FromMinutes(minutes));
        }

        await ChangeAsync($"update support_messages set via = 'email' where seq = 2 and chat = {await RowAsync(people[2])}");
        (await _mia.PostAsync($"/chats/{people[3].ChatId}/archive")).Status.Should().Be(200);
        // A later question of the same chat, asked twice; a program answers, then Mia, who adds a word.
        await people[0].PostAsync("One more thing");
        (await _mia.ReplyAsync(people[0].ChatId, "Thank you, we will look at it")).Status.Should().Be(201);
        await ChangeAsync($"update support_messages set via = 'api' where seq = 4 and chat = {await RowAsync(people[0])}");
        _server.Clock.Advance(TimeSpan.FromMinutes(4));
        await people[0].PostAsync("Are you there?");
        _server.Clock.Advance(TimeSpan.FromMinutes(5));
        await _mia.ReplyAsync(people[0].ChatId, "I am");
        _server.Clock.Advance(TimeSpan.FromMinutes(50));
        await _mia.ReplyAsync(people[0].ChatId, "And I was");
        (await ToldAsync()).Should().BeNull("nine say nothing about what is usual");

        // Nobody has answered this one, and whom Mia writes to first has asked nothing.
        await (await _server.VisitorAsync()).PostAsync("Anybody?");
        await AnswerAsync(await _server.VisitorAsync(), TimeSpan.FromMinutes(9.5));
        (await ToldAsync()).Should().BeNull("it is reckoned once an hour");
        _server.Clock.Advance(TimeSpan.FromHours(1));

        (await ToldAsync()).Should().Be(330, "half of 1 to 9 and 9.5 minutes are shorter than 5.5");
        var visitor = await _server.VisitorAsync();
        await using var socket = await visitor.ConnectAsync();
        await socket.SayAsync(new { action = "auth", token = visitor.Token });
        ((int)(await socket.HearAsync("ready"))["reply_time"]!).Should().Be(330);
        (await _server.AskAsync(HttpMethod.Get, "/widget.js")).Text.Should().Contain("\"reply_time\":330");
    }

    [Fact]
    public async Task A_start_does_not_wait_for_it_and_an_idle_server_does_not_reckon()
    {
        await AnswerAsync(await _server.VisitorAsync(), TimeSpan.FromMinutes(1));
        await _server.RestartAsync();

        _server.Get<ReplyTime>().HasReckoned.Should().BeFalse();
        _server.Clock.Advance(TimeSpan.FromHours(2));
        _server.Get<ReplyTime>().HasReckoned.Should().BeFalse("nobody has asked");
        await _server.VisitorAsync();
        await Eventually.IsTrueAsync(() => _server.Get<ReplyTime>().HasReckoned);
    }

    private async Task AnswerAsync(Visitor visitor, TimeSpan wait)
    {
        await visitor.PostAsync("A question");
        _server.Clock.Advance(wait);
        (await _mia.ReplyAsync(visitor.ChatId, "An answer")).Status.Should().Be(201);
    }

    /// <summary>What a visitor is told, once it has been reckoned.</summary>
    private async Task<int?> ToldAsync()
    {
        var visitor = await _server.VisitorAsync();
        await Eventually.IsTrueAsync(() => _server.Get<ReplyTime>().HasReckoned);
        return (int?)(await visitor.ChatAsync())["reply_time"];
    }

    private async Task<string> RowAsync(Visitor visitor) =>
        (await _server.QueryAsync($"select row from support_chats where id = '{visitor.ChatId}'"))[0];

    private Task<int> ChangeAsync(string sql) => _server.Database.WriteAsync(tx =>
    {
        using var command = tx.Connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    });
}
