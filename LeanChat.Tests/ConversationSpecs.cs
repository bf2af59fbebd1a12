namespace LeanChat.Tests;

/// <summary>A visitor writes, the owner answers.</summary>
public sealed class ConversationSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_a_visitor_writes_is_acknowledged_and_reaches_the_owner_at_once()
    {
        var mia = await _server.AdminAsync();
        await using var dashboard = await mia.WatchAsync();
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        await widget.SayAsync(new { action = "send_message", content = "Is the blue one back? 👋", client_id = "c1" });

        var echo = (await widget.HearAsync("new_message"))["message"]!;
        ((string)echo["client_id"]!).Should().Be("c1");
        ((long)echo["seq"]!).Should().Be(1);
        var seen = await dashboard.HearAsync("new_user_message");
        ((string)seen["message"]!["id"]!).Should().Be((string)echo["id"]!);
        ((string)seen["chat_id"]!).Should().Be(visitor.ChatId);
        var row = (await dashboard.HearAsync("chat_updated"))["chat"]!;
        ((bool)row["unread"]!).Should().BeTrue();
        ((string)row["last_message_preview"]!).Should().Be("Is the blue one back? 👋");
    }

    [Fact]
    public async Task What_the_owner_answers_reaches_the_visitor_at_once()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello?");
        await using var widget = await visitor.OpenAsync(after: 1);
        await using var desk = await mia.JoinAsync(visitor.ChatId);

        await desk.SayAsync(new { action = "send_message", content = "Hi!", client_id = "a1" });

        var answer = (await widget.HearAsync("new_message"))["message"]!;
        ((string)answer["sender_name"]!).Should().Be("Mia");
        ((string)answer["sender_type"]!).Should().Be("admin");
        ((string)(await desk.HearAsync("new_message"))["message"]!["client_id"]!).Should().Be("a1");
    }
}
