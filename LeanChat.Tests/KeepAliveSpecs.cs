using LeanChat.Chats;

namespace LeanChat.Tests;

/// <summary>Pings, and what they tell. Real time, a second or two: no clock of ours makes a line break.</summary>
public sealed class KeepAliveSpecs
{
    private static readonly string[] Quickly = ["Limits:PingInterval=00:00:01", "Limits:PongTime=00:00:01", "Limits:MessagesPerMinute=0"];

    [Fact]
    public async Task A_socket_whose_pong_never_comes_is_ended()
    {
        await using var server = await LeanChatServer.StartAsync(Quickly);
        var visitor = await server.VisitorAsync();
        await using var dead = await RawSocket.OpenAsync(server, visitor);
        await using var alive = await visitor.OpenAsync();

        (await dead.ReadAsync())!.Value.Opcode.Should().Be(RawSocket.Ping);
        // To talk on is no answer.
        await dead.SendAsync(RawSocket.TextFrame("{\"action\":\"ping\"}"));
        await dead.HearAsync("pong");
        await dead.EndedAsync();

        await alive.SettleAsync();
        // The server has seen the end of the line.
        await Eventually.IsTrueAsync(() => server.Hub.Count == 1);
    }

    [Fact]
    public async Task A_socket_that_answers_pings_stays_and_one_that_talks_needs_none()
    {
        await using var server = await LeanChatServer.StartAsync(Quickly);
        var visitor = await server.VisitorAsync();
        await using var silent = await RawSocket.OpenAsync(server, visitor);
        await using var talker = await RawSocket.OpenAsync(server, visitor);

        for (var ping = 0; ping < 3; ping++)
        {
            var heard = silent.ReadAsync();
            while (!heard.IsCompleted)
            {
                await talker.SendAsync(RawSocket.TextFrame("{\"action\":\"ping\"}"));
                (await talker.ReadAsync())!.Value.Opcode.Should().Be(RawSocket.Text, "whoever talks is not pinged");
                // It waits for the ping; the pause keeps the talker from talking without end, and is shorter than the ping's interval.
                await Task.WhenAny(heard, Task.Delay(100));
            }

            (await heard)!.Value.Opcode.Should().Be(RawSocket.Ping);
            await silent.SendAsync(RawSocket.Frame(RawSocket.Pong, []));
        }

        await silent.SendAsync(RawSocket.TextFrame("{\"action\":\"ping\"}"));
        (await silent.HearAsync("pong")).Should().NotBeNull();
    }

    [Fact]
    public async Task Who_is_told_of_much_and_reads_slowly_is_not_asked_for_a_pong_meanwhile()
    {
        await using var server = await LeanChatServer.StartAsync(Quickly);
        var visitor = await server.VisitorAsync();
        var (commands, text) = (server.Get<ChatCommands>(), new string('x', 4000));
        // 10 MB: the kernel holds 4 of them for a reader that stands still.
        await Task.WhenAll(Enumerable.Range(0, 2500).Select(_ => commands.PostAsUserAsync(visitor.UserId, text, null)));

        await using var slow = await RawSocket.OpenAsync(server, visitor, after: 0);
        for (var message = 0; message < 2500; message++)
        {
            (await slow.ReadAsync())!.Value.Opcode.Should().Be(RawSocket.Text);
            // Slowly is the claim, so time has to pass: longer than a ping and its pong take.
            if (message < 1400 && message % 100 == 0)
                await Task.Delay(250);
        }

        await slow.SendAsync(RawSocket.TextFrame("{\"action\":\"ping\"}"));
        await slow.HearAsync("pong");
    }
}
