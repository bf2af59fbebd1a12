using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>A virus scanner looks at every file before it is taken. The stand-in speaks clamd's INSTREAM as clamd(8) tells it.</summary>
public sealed class FilesScanSpecs : IAsyncLifetime, IDisposable
{
    /// <summary>Half of the EICAR test file is enough for a stand-in, and no real scanner on this machine minds it.</summary>
    private const string Virus = "X5O!P%@AP[4-PZX54(P^)7CC)7}";

    private readonly List<byte[]> _seen = [];
    private TcpListener _scanner = null!;
    private int _longest = int.MaxValue;
    private LeanChatServer _server = null!;

    public async Task InitializeAsync()
    {
        _scanner = new TcpListener(IPAddress.Loopback, 0);
        _scanner.Start();
        _ = ServeAsync();
        _server = await LeanChatServer.StartAsync($"Attachments:Scan=127.0.0.1:{((IPEndPoint)_scanner.LocalEndpoint).Port}");
    }

    public void Dispose() => _scanner.Dispose();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_clean_file_is_taken_and_the_scanner_has_seen_all_of_it()
    {
        var (visitor, file) = (await _server.VisitorAsync(), FileSamples.Text(200_000));

        (await visitor.UploadAsync(file, "a.txt")).Status.Should().Be(201);

        _seen.Should().ContainSingle().Which.Should().Equal(file);
    }

    [Fact]
    public async Task A_virus_is_refused_and_the_dashboard_says_so()
    {
        var (visitor, mia) = (await _server.VisitorAsync(), await _server.AdminAsync());
        await visitor.PostAsync("Hello!");
        await using var desk = await mia.WatchAsync();

        (await visitor.UploadAsync(Encoding.ASCII.GetBytes("text " + Virus), "invoice.txt")).ShouldBeRefused(415, "unsupported_type");

        var told = await desk.HearAsync("attachment_refused");
        ((string)told["chat_id"]!).Should().Be(visitor.ChatId);
        ((string)told["file"]!["name"]!).Should().Be("invoice.txt");
        ((string)told["file"]!["reason"]!).Should().Be("Eicar-Test-Signature");
        var shown = (await mia.OpenChatAsync(visitor.ChatId))["refused_files"]!.AsArray();
        ((string)shown.Should().ContainSingle().Which!["name"]!).Should().Be("invoice.txt");
        await Eventually.IsTrueAsync(async () => (await _server.QueryAsync("select number from attachment_chunks")).Length == 0);
    }

    [Fact]
    public async Task What_was_not_scanned_to_the_end_is_not_taken()
    {
        var visitor = await _server.VisitorAsync();
        _longest = 100_000;

        var refused = await visitor.UploadAsync(FileSamples.Text(200_000), "a.txt");

        refused.ShouldBeRefused(503, "overloaded");
        refused.Header("Retry-After").Should().NotBeNull();
        (await visitor.UploadAsync(FileSamples.Text(90_000), "a.txt")).Status.Should().Be(201);
        _scanner.Stop();
        (await visitor.UploadAsync(FileSamples.Png())).ShouldBeRefused(503, "overloaded");
    }

    [Fact]
    public async Task A_scanner_may_be_a_socket_in_a_folder()
    {
        var path = Path.Combine(Path.GetTempPath(), $"clamd-{Guid.NewGuid():N}.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var serving = Task.Run(async () => await ScanAsync(await listener.AcceptAsync()));
        await using var server = await LeanChatServer.StartAsync("Attachments:Scan=" + path);

        (await (await server.VisitorAsync()).UploadAsync(FileSamples.Png())).Status.Should().Be(201);

        await serving;
        File.Delete(path);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = ScanAsync(await _scanner.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped by the story.
        }
    }

    private async Task ScanAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var (command, length, file) = (new byte[10], new byte[4], new MemoryStream());
        await stream.ReadExactlyAsync(command);
        Encoding.ASCII.GetString(command).Should().Be("zINSTREAM\0");
        while (true)
        {
            await stream.ReadExactlyAsync(length);
            if (BinaryPrimitives.ReadInt32BigEndian(length) is not (> 0 and var next))
                break;
            var chunk = new byte[next];
            await stream.ReadExactlyAsync(chunk);
            file.Write(chunk);
            if (file.Length > _longest)
            {
                await stream.WriteAsync("INSTREAM size limit exceeded. ERROR\0"u8.ToArray());
                return;
            }
        }

        lock (_seen)
            _seen.Add(file.ToArray());
        var found = Encoding.Latin1.GetString(file.ToArray()).Contains(Virus, StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(found ? "stream: Eicar-Test-Signature FOUND\0" : "stream: OK\0"));
    }
}
