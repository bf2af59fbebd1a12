using System.Text;
using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>Mutated commands, events and packets of other clients' protocols, each at its own door.</summary>
internal static class DialectFuzz
{
    private const int Burst = 5;

    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(100);

    public static readonly Claim Claim = new(
        "fuzz-dialects", "No mutated message of another protocol ends the server, fails unhandled or disturbs others",
        trial => Fuzz.RunAsync(trial, "dialects", DialectsAsync),
        new Defect("dies", "the server ends in the middle"));

    /// <summary>A door: its address, what lets a client in, and what it may say then.</summary>
    private sealed record Door(string Path, string[] Begins, string[] Texts);

    private static Door[] Doors(string token)
    {
        var identifier = new JsonObject { ["channel"] = "ChatChannel", ["token"] = token }.ToJsonString();
        return
        [
            new Door("/cable", [Command("subscribe", identifier, null)],
            [
                Command("message", identifier, """{"action":"send_message","content":"Hello","client_id":"c1"}"""),
                Command("message", identifier, """{"action":"typing"}"""), Command("unsubscribe", identifier, null),
                Command("subscribe", identifier, null), Command("subscribe", """{"channel":"ChatChannel","chat_id":"x","after":1}""", null),
                Command("subscribe", """{"channel":"AdminChannel"}""", null),
            ]),
            new Door("/app/key?protocol=7", ["""{"event":"pusher:ping","data":{}}"""],
            [
                """{"event":"pusher:subscribe","data":{"channel":"private-support-chat-x","auth":"leanchat:00.00"}}""",
                """{"event":"pusher:unsubscribe","data":{"channel":"private-support-chat-x"}}""",
                """{"event":"pusher:subscribe","data":{"channel":"support-chat-x"}}""",
                """{"event":"client-typing","channel":"private-support-chat-x","data":"Hello"}""",
            ]),
            new Door("/socket.io/?EIO=4&transport=websocket", [$$"""40{"token":"{{token}}"}"""],
            [
                """42["send_message",{"content":"Hello","client_id":"c1"}]""", """4217["send_message",{"content":"Hello"}]""",
                """42["typing"]""", "3", "41", "40/shop,{}", """451-["file",{"_placeholder":true,"num":0}]""", """40{"token":"x"}""",
            ]),
        ];
    }

    private static string Command(string command, string identifier, string? data) =>
        new JsonObject { ["command"] = command, ["identifier"] = identifier, ["data"] = data }.ToJsonString();

    private static async Task DialectsAsync(Trial trial, Server server, string token, Fuzz.Suspects suspects)
    {
        var (doors, total, sent, answers) = (Doors(token), trial.Of(5_000, 500_000), 0, 0L);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            var chance = trial.Chance(worker);
            while (Interlocked.Add(ref sent, Burst) <= total + (Burst * 8) && !trial.IsSettled)
            {
                var door = doors[chance.Next(doors.Length)];
                var burst = Enumerable.Range(0, Burst).SelectMany(_ => Fuzz.MutateFrame(chance, door.Texts)).ToArray();
                suspects.Remember(worker, burst);
                Interlocked.Add(ref answers, await SendAsync(server.Port, door, burst, trial));
            }
        }));
        trial.Figure("messages", Math.Min(sent, total));
        trial.Figure("answers", answers);
    }

    /// <summary>Sends it on a line of its own, then hangs up; answers how many frames came back.</summary>
    private static async Task<int> SendAsync(int port, Door door, byte[] burst, Trial trial)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var heard = 0;
        try
        {
            using var line = await Line.KnockAsync(port, door.Path, ["Origin: " + Client.Website], stop: patience.Token);
            trial.Check(line.Status == 101, $"{door.Path} answers {line.Status}.");
            foreach (var text in door.Begins)
                await line.SendAsync(Line.TextFrame(text), patience.Token);
            await line.SendAsync(burst, patience.Token);
            await line.SendAsync(Line.Frame(Line.Close, [0x03, 0xE8]), patience.Token);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
            enough.CancelAfter(Enough);
            try
            {
                while (await line.ReadAsync(enough.Token) is not null)
                    heard++;
            }
            catch (OperationCanceledException) when (!patience.IsCancellationRequested)
            {
                // It waits for the rest of a frame: as it should. We hang up as a crash would.
                line.Vanish();
            }
        }
        catch (IOException)
        {
            // Reset by the server before all was read.
        }
        catch (OperationCanceledException)
        {
            trial.Fault("The server stood still for 15 s.");
        }

        return heard;
    }
}
