using System.Buffers;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using LeanChat.Cli;
using LeanChat.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeanChat.Tests;

/// <summary>The lines beneath everything: what comes on them, in which order, and how they end.</summary>
public sealed class TransportSpecs
{
    private const int Length = 64 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_conversation_behind_our_own_TLS_is_one_like_any_other()
    {
        var folder = Directory.CreateTempSubdirectory("leanchat-tls-").FullName;
        var pfx = Path.Combine(folder, "own.pfx");
        using (var key = RSA.Create(2048))
        {
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            await File.WriteAllBytesAsync(pfx, made.Export(X509ContentType.Pfx, "word"));
        }

        using var own = X509CertificateLoader.LoadPkcs12FromFile(pfx, "word");

        var app = Program.Build(new ServeOptions(
            folder,
            "https://127.0.0.1:0",
            [$"--Kestrel:Certificates:Default:Path={pfx}", "--Kestrel:Certificates:Default:Password=word"],
            folder));
        await app.StartAsync();
        try
        {
            using var line = new SocketsHttpHandler
            {
                UseCookies = false,
                SslOptions =
                    { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == own.GetCertHashString() },
            };
            using var http = new HttpClient(line) { BaseAddress = new Uri(app.Urls.First()) };
            var chat = await http.GetFromJsonAsync<JsonObject>("/support_chat");
            await using var socket = await Conversation.OpenAsync(
                new Uri(app.Urls.First().Replace("https", "wss", StringComparison.Ordinal) + "/ws/chat"), http);
            await socket.SayAsync(new { action = "auth", token = (string)chat!["token"]! });
            await socket.HearAsync("ready");

            ((string)(await socket.SendAsync("Through TLS", "c1"))["content"]!).Should().Be("Through TLS");
            ((string)(await socket.SendAsync(new string('x', 5000), "c2"))["client_id"]!).Should().Be("c2");

            await socket.HangUpAsync();
            (await socket.ClosedAsync()).Should().Be(1000);
            // Some time after a goodbye the line is cut, though it has ended. That it harms nothing is the claim: an exception in that
            // timer would end the process.
            await Task.Delay(Live.MailboxLimits.CloseTime + TimeSpan.FromSeconds(0.5));
        }
        finally
        {
            await app.StopAsync();
            await app.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task What_comes_together_with_the_request_is_heard_after_it()
    {
        await using var calls = new Calls();
        using var caller = await calls.CallAsync();
        await caller.GetStream().WriteAsync("request and more"u8.ToArray());
        var connection = await calls.AcceptAsync();

        var line = await LeaveAsync(connection, async pipe =>
        {
            var read = await pipe.ReadAtLeastAsync("request and more".Length);
            pipe.AdvanceTo(read.Buffer.GetPosition("request".Length));
        });
        await caller.GetStream().WriteAsync(", and later"u8.ToArray());

        var (heard, buffer) = (new StringBuilder(), new byte[4]);
        while (heard.Length < " and more, and later".Length)
            heard.Append(Encoding.ASCII.GetString(buffer, 0, await line.ReadAsync(buffer).AsTask().WaitAsync(Patience)));
        heard.ToString().Should().Be(" and more, and later");
        line.Close();
    }

    [Fact]
    public async Task A_line_that_is_stopped_reads_nothing_until_it_goes_on()
    {
        await using var calls = new Calls();
        using var caller = await calls.CallAsync();
        var line = await LeaveAsync(await calls.AcceptAsync(), _ => Task.CompletedTask);
        var own = (SocketConnection)line;
        var buffer = new byte[16];

        var waiting = own.ReadAsync(buffer).AsTask();
        own.StopReading();
        (await waiting.WaitAsync(Patience)).Should().Be(0, "it waited");
        (await own.ReadAsync(buffer).AsTask().WaitAsync(Patience)).Should().Be(0, "it came too late");
        await caller.GetStream().WriteAsync("later"u8.ToArray());
        own.ResumeReading("first "u8.ToArray());

        (await own.ReadAsync(buffer).AsTask().WaitAsync(Patience)).Should().Be("first ".Length);
        (await own.ReadAsync(buffer).AsTask().WaitAsync(Patience)).Should().Be("later".Length);
        line.Close();
    }

    [Fact]
    public async Task Who_never_stops_talking_lets_others_have_their_turn()
    {
        await using var calls = new Calls();
        using var talker = await calls.CallAsync();
        var loud = await LeaveAsync(await calls.AcceptAsync(), _ => Task.CompletedTask);
        using var caller = await calls.CallAsync();
        var quiet = await LeaveAsync(await calls.AcceptAsync(), _ => Task.CompletedTask);
        var reads = 0;
        var heard = HearQuietAsync();

        // Byte by byte, as fast as it goes, and on the one thread that there is: it waits before there is anything.
        var all = HearLoudAsync();
        await talker.GetStream().WriteAsync(new byte[Length]);
        (await heard.WaitAsync(Patience)).Should().BeLessThan(Length);
        talker.Close();
        await all.WaitAsync(Patience);
        reads.Should().Be(Length);

        async Task<int> HearQuietAsync()
        {
            await quiet.ReadAsync(new byte[1]);
            return Volatile.Read(ref reads);
        }

        async Task HearLoudAsync()
        {
            var one = new byte[1];
            while (await loud.ReadAsync(one) > 0)
            {
                // In the midst of it the other one says something.
                if (Interlocked.Increment(ref reads) == 1000)
                    caller.Client.Send("!"u8);
            }
        }
    }

    [Fact]
    public async Task A_reader_who_takes_nothing_is_waited_for_and_a_cut_ends_the_waiting()
    {
        await using var calls = new Calls();
        using var caller = await calls.CallAsync();
        var line = await LeaveAsync(await calls.AcceptAsync(), _ => Task.CompletedTask);
        var (written, waiting) = (0L, Task.CompletedTask);
        while (waiting.IsCompletedSuccessfully && written < 1L << 28)
        {
            waiting = line.WriteAsync(Numbers(written)).AsTask();
            written += 64 << 10;
        }

        waiting.IsCompleted.Should().BeFalse("a line holds only so much");
        var buffer = new byte[64 << 10];
        for (var read = 0L; read < written; read += buffer.Length)
        {
            await caller.GetStream().ReadExactlyAsync(buffer).AsTask().WaitAsync(Patience);
            buffer.Should().Equal(Numbers(read));
        }

        await waiting.WaitAsync(Patience);
        while ((waiting = line.WriteAsync(buffer).AsTask()).IsCompletedSuccessfully)
        {
        }

        line.Cut();
        await FluentActions.Awaiting(() => waiting.WaitAsync(Patience)).Should().ThrowAsync<IOException>();
        (await line.ReadAsync(buffer)).Should().Be(0);
        await FluentActions.Awaiting(async () => await line.WriteAsync(buffer)).Should().ThrowAsync<IOException>();
        line.Close();

        static byte[] Numbers(long from)
        {
            var bytes = new byte[64 << 10];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)((from + i) % 251);
            return bytes;
        }
    }

    [Fact]
    public async Task Many_short_calls_each_come_to_their_end()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0");
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, stop) =>
        {
            using var caller = new TcpClient();
            await caller.ConnectAsync(server.Address.Host, server.Address.Port, stop);
            await caller.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"GET /support_chat/messages HTTP/1.1\r\nHost: {server.Address.Authority}\r\nConnection: close\r\n\r\n"),
                stop);
            using var reader = new StreamReader(caller.GetStream());
            (await reader.ReadToEndAsync(stop).WaitAsync(Patience, stop)).Should().StartWith("HTTP/1.1 401");
        });
    }

    [Fact]
    public async Task What_a_caller_says_behind_the_last_request_takes_no_answer_away()
    {
        await using var server = await LeanChatServer.StartAsync();
        for (var call = 0; call < 50; call++)
        {
            using var caller = new TcpClient();
            await caller.ConnectAsync(server.Address.Host, server.Address.Port);
            var request = $"GET /widget.js HTTP/1.1\r\nHost: {server.Address.Authority}\r\nConnection: close\r\n\r\n";
            await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request + string.Concat(Enumerable.Repeat(request, 200))));
            using var reader = new StreamReader(caller.GetStream());

            (await reader.ReadToEndAsync().WaitAsync(Patience)).Should().StartWith("HTTP/1.1 200").And.Contain("LeanChat");
        }
    }

    /// <summary>Takes the line out of a connection, as a handshake does.</summary>
    private static async Task<Connection> LeaveAsync(ConnectionContext connection, Func<System.IO.Pipelines.PipeReader, Task> request)
    {
        var left = new TaskCompletionSource<Connection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SocketTransportConnection.Serve(async context =>
        {
            await request(context.Transport.Input);
            ((SocketTransportConnection)context).TryHandOver(context.Transport, line =>
            {
                left.SetResult(line);
                return Task.CompletedTask;
            }).Should().BeTrue();
        })(connection);
        await connection.DisposeAsync();
        return await left.Task.WaitAsync(Patience);
    }

    /// <summary>A listener with one event loop, and who calls it.</summary>
    private sealed class Calls : IAsyncDisposable
    {
        private readonly EventLoop _loop = new(0, NullLogger<EventLoop>.Instance);
        private readonly SocketListener _listener;

        public Calls() =>
            _listener = new SocketListener(new IPEndPoint(IPAddress.Loopback, 0), [_loop], MemoryPool<byte>.Shared, NullLogger.Instance);

        public async Task<TcpClient> CallAsync()
        {
            var caller = new TcpClient();
            await caller.ConnectAsync((IPEndPoint)_listener.EndPoint);
            return caller;
        }

        public async Task<ConnectionContext> AcceptAsync() => (await _listener.AcceptAsync().AsTask().WaitAsync(Patience))!;

        public async ValueTask DisposeAsync()
        {
            await _listener.DisposeAsync();
            _loop.Dispose();
        }
    }
}
