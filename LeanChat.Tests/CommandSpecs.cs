using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using LeanChat.Chats;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>The program as an operator runs it: its own process, its own exit codes, its own death.</summary>
public sealed class CommandSpecs : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("leanchat-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Help_tells_what_there_is()
    {
        var help = await RunAsync("--help");

        help.Code.Should().Be(0);
        help.Error.Should().BeEmpty();
        foreach (var said in (string[])[
            "--data", "--urls", "admin add", "admin reset", "backup", "restore", "export", "doctor", "--version"])
            help.Out.Should().Contain(said);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        var version = await RunAsync("--version");

        version.Code.Should().Be(0);
        version.Out.Trim().Should().MatchRegex(@"^(LeanChat )?\d+\.\d+\.\d+\S*$");
        version.Error.Should().BeEmpty();
    }

    [Fact]
    public async Task The_doctor_finds_the_server_where_it_is_said_to_be()
    {
        await using var server = await ServeAsync();

        var well = await RunAsync("doctor", "--data", _data, "--urls", server.Origin);
        var ill = await RunAsync("--urls", "http://127.0.0.1:1", "--data", _data, "doctor");

        (well.Code, well.Error).Should().Be((0, ""));
        Lines(well.Out).Should().HaveCount(8).And.OnlyContain(line => line.StartsWith("ok ", StringComparison.Ordinal));
        ill.Code.Should().Be(1);
        Lines(ill.Out).Where(line => line.StartsWith("FAIL", StringComparison.Ordinal))
            .Should().HaveCount(2).And.Contain(line => line.Contains("start the server", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("dance")]
    [InlineData("--data")]
    [InlineData("admin")]
    [InlineData("admin add")]
    [InlineData("admin dance mia@example.com")]
    [InlineData("admin add mia@example.com leo@example.com")]
    public async Task Wrong_usage_is_told_in_one_line(string arguments)
    {
        var wrong = await RunAsync([.. arguments.Split(' ')], input: "irrelevant password\n");

        wrong.Code.Should().Be(2, wrong.Out + wrong.Error);
        Lines(wrong.Error).Should().ContainSingle().Which.Should().StartWith("leanchat: ");
        wrong.Out.Should().BeEmpty();
    }

    [Theory]
    [InlineData("--LeanChat:Limits:ContentLength=many", "LeanChat:Limits:ContentLength")]
    [InlineData("--LeanChat:PublicUrl=ftp://x", "LeanChat:PublicUrl")]
    public async Task A_setting_that_cannot_be_used_stops_the_start_and_is_named(string setting, string key)
    {
        var refused = await RunAsync("--data", _data, "--urls", "http://127.0.0.1:0", setting);

        refused.Code.Should().Be(1, refused.Error);
        Lines(refused.Error).Should().ContainSingle().Which.Should().Contain(key);
    }

    [Fact]
    public async Task An_admin_who_is_added_can_sign_in_and_one_who_is_reset_must_do_so_again()
    {
        var added = await RunAsync(["admin", "add", "Mia@Example.com", "--data", _data], input: "correct horse battery\n");
        (added.Code, added.Error).Should().Be((0, ""));
        (await RunAsync(["admin", "add", "mia@example.com", "--data", _data], input: "correct horse battery\n")).Code
            .Should().Be(1, "there is one already");
        (await RunAsync(["admin", "add", "leo@example.com", "--data", _data], input: "short\n")).Code.Should().Be(1);
        (await RunAsync(["admin", "reset", "eve@example.com", "--data", _data], input: "correct horse battery\n")).Code
            .Should().Be(1, "there is none");

        string cookie;
        await using (var server = await ServeAsync())
        {
            server.Said.Should().NotContain("#setup=", "there is an admin");
            var signedIn = await LoginAsync(server, "correct horse battery");
            signedIn.Status.Should().Be(200, signedIn.Text);
            cookie = signedIn.Cookie("leanchat_admin")!;
            (await MeAsync(server, cookie)).Should().Be(200);
        }

        (await RunAsync(["admin", "reset", "mia@example.com", "--data", _data], input: "another long password\n")).Code.Should().Be(0);
        await using var again = await ServeAsync();
        (await MeAsync(again, cookie)).Should().Be(401);
        (await LoginAsync(again, "correct horse battery")).Status.Should().Be(401);
        (await LoginAsync(again, "another long password")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_reset_beside_the_running_server_ends_the_admins_sessions_and_sockets()
    {
        await RunAsync(["admin", "add", "mia@example.com", "--data", _data], input: "correct horse battery\n");
        await using var server = await ServeAsync();
        var cookie = (await LoginAsync(server, "correct horse battery")).Cookie("leanchat_admin")!;
        await using var board = await Conversation.OpenAsync(server.Socket("/ws/admin"), server.Origin, "leanchat_admin=" + cookie);
        await board.HearAsync("ready");

        var reset = await RunAsync(["admin", "reset", "mia@example.com", "--data", _data], input: "another long password\n");

        (reset.Code, reset.Error).Should().Be((0, ""));
        (await MeAsync(server, cookie)).Should().Be(401);
        (await board.ClosedAsync()).Should().Be(4401);
        (await LoginAsync(server, "another long password")).Status.Should().Be(200);
    }

    [Theory]
    [InlineData(
        "This is not a database, but somebody's notes. They shall stay what they are, whatever comes; a hundred characters of them.")]
    [InlineData("SQLite format 3\0 but then something else, which is no database of ours and no database at all; a hundred characters.")]
    [InlineData("x")]
    public async Task A_file_that_is_not_ours_is_refused_in_one_line_and_left_alone(string content)
    {
        var path = Path.Combine(_data, "leanchat.db");
        await File.WriteAllTextAsync(path, content);
        var clock = Stopwatch.StartNew();

        var refused = await RunAsync("--data", _data, "--urls", "http://127.0.0.1:0");

        clock.Elapsed.Should().BeLessThan(
            TimeSpan.FromSeconds(5), "it is refused at once; on a busy machine the runtime itself takes its time to start");
        refused.Code.Should().Be(1);
        Lines(refused.Error).Should().ContainSingle().Which.Should().Contain(path);
        (await File.ReadAllTextAsync(path)).Should().Be(content);
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused()
    {
        await using var server = await ServeAsync();

        var second = await RunAsync("--data", _data, "--urls", "http://127.0.0.1:0");

        second.Code.Should().Be(1);
        Lines(second.Error).Should().ContainSingle().Which.Should().Contain(_data);
        (await HealthAsync(server)).Should().Be(200, "the first goes on");
    }

    [Fact]
    public async Task An_address_that_is_taken_is_told_in_one_line()
    {
        await using var server = await ServeAsync();
        var elsewhere = Directory.CreateTempSubdirectory("leanchat-").FullName;
        try
        {
            var second = await RunAsync("--data", elsewhere, "--urls", server.Origin);

            second.Code.Should().Be(1);
            second.Out.Should().BeEmpty("nothing is said of a server that does not serve");
            Lines(second.Error).Should().ContainSingle().Which.Should().StartWith("leanchat: ")
                .And.Contain(server.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
    }

    [Fact]
    public async Task The_first_start_prints_the_link_that_makes_the_first_admin()
    {
        await using var server = await ServeAsync();
        var token = Regex.Match(server.Said, @"/admin#setup=(\S+)").Groups[1].Value;
        token.Should().HaveLength(43, "32 random bytes");
        server.Said.Should().Contain(server.Origin + "/admin");

        using var client = server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/setup")
        {
            Content = Wire.Body(new { token, email = "mia@example.com", password = "correct horse battery" }),
        };
        request.Headers.Add("Origin", server.Origin);

        (await (await client.SendAsync(request)).ReplyAsync()).Status.Should().Be(201);
    }

    [Fact]
    public async Task Killed_in_the_middle_of_five_conversations_it_keeps_every_acknowledged_message_once()
    {
        var port = Ports.Free();
        var talks = new List<Talk>();
        await using (var server = await ServeAsync(port))
        {
            for (var each = 0; each < 5; each++)
                talks.Add(await Talk.BeginAsync(server));
            var talking = talks.Select(talk => talk.TalkAsync()).ToArray();
            foreach (var talk in talks)
                await talk.Socket.HearSeqAsync(40);

            server.Kill();
            await Task.WhenAll(talking);
        }

        await using var again = await ServeAsync(port);
        foreach (var talk in talks)
        {
            (await talk.Socket.ClosedAsync()).Should().Be(1006);
            var heard = talk.Socket.Messages.Select(message => message.ToJsonString()).ToList();
            await talk.Socket.DisposeAsync();
            await using var back = await talk.ReturnAsync(again);
            var newest = (long)back.All[0]["seq"]!;
            newest.Should().BeGreaterOrEqualTo(heard.Count, "what was acknowledged is on disk");
            await back.HearSeqAsync(newest);

            back.Seqs.Should().Equal(Enumerable.Range(1, (int)newest).Select(seq => (long)seq), "there is no gap");
            back.Messages.Take(heard.Count).Select(message => message.ToJsonString()).Should().Equal(heard);
            back.Messages.Select(message => (string)message["client_id"]!).Should().OnlyHaveUniqueItems();
            await back.SendAsync("Where were we?", "next");
        }
    }

    private static async Task<Reply> LoginAsync(Running server, string password)
    {
        using var client = server.Client();
        using var request =
            new HttpRequestMessage(HttpMethod.Post, "/admin/login") { Content = Wire.Body(new { email = "mia@example.com", password }) };
        request.Headers.Add("Origin", server.Origin);
        return await (await client.SendAsync(request)).ReplyAsync();
    }

    private static async Task<int> MeAsync(Running server, string cookie)
    {
        using var client = server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/me");
        request.Headers.Add("Cookie", "leanchat_admin=" + cookie);
        return (await (await client.SendAsync(request)).ReplyAsync()).Status;
    }

    private static async Task<int> HealthAsync(Running server)
    {
        using var client = server.Client();
        return (int)(await client.GetAsync(new Uri("/healthz", UriKind.Relative))).StatusCode;
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private Task<Running> ServeAsync(int port = 0) =>
        Running.StartAsync("--data", _data, "--urls", $"http://127.0.0.1:{port}", "--LeanChat:Limits:MessagesPerMinute=0");

    private static Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments) => Running.RunAsync(arguments);

    private static Task<(int Code, string Out, string Error)> RunAsync(string[] arguments, string input) =>
        Running.RunAsync(arguments, input);

    /// <summary>One visitor who talks without a pause.</summary>
    private sealed class Talk(string token, Conversation socket)
    {
        public Conversation Socket => socket;

        public static async Task<Talk> BeginAsync(Running server)
        {
            using var client = server.Client();
            var chat = await (await client.GetAsync(new Uri("/support_chat", UriKind.Relative))).ReplyAsync();
            var token = (string)chat.Json!["token"]!;
            return new Talk(token, await OpenAsync(server, token, 0));
        }

        public Task<Conversation> ReturnAsync(Running server) => OpenAsync(server, token, 0);

        private static async Task<Conversation> OpenAsync(Running server, string token, long after)
        {
            var socket = await Conversation.OpenAsync(server.Socket("/ws/chat"), Visitor.Website);
            await socket.SayAsync(new { action = "auth", token, after });
            await socket.HearAsync("ready");
            return socket;
        }

        public async Task TalkAsync()
        {
            try
            {
                for (var each = 1; ; each++)
                {
                    await socket.SayAsync(new { action = "send_message", content = $"message {each}", client_id = $"c{each}" });
                    // Twenty are under way at a time: the kill meets some that are stored and not yet acknowledged.
                    if (each > 20)
                        await socket.HearSeqAsync(each - 20);
                }
            }
            catch (Exception e) when (e is System.Net.WebSockets.WebSocketException or InvalidOperationException or IOException
                or OperationCanceledException or ObjectDisposedException)
            {
                // Killed: that is the story.
            }
        }
    }
}
