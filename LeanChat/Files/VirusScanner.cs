using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LeanChat.Configuration;

namespace LeanChat.Files;

/// <summary>Lets clamd look at a file, by its command INSTREAM (clamd(8)): nothing is accepted that it has not seen to the end.</summary>
internal sealed partial class VirusScanner(CurrentSettings settings, ILogger<VirusScanner> log)
{
    /// <summary>How long one step may take: connecting, sending a chunk, the verdict.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Scans a file; without a scanner in the settings, everything is good.</summary>
    public async Task<ScanResult> ScanAsync(FileBytes file)
    {
        if (settings.Value["Attachments:Scan"] is not { Length: > 0 } address)
            return new ScanResult(true, null);
        try
        {
            using var socket = await ConnectAsync(address);
            await using var stream = new NetworkStream(socket);
            await SendAsync(stream, file);
            var answer = await ReadAsync(stream);
            if (answer.EndsWith(" OK", StringComparison.Ordinal))
                return new ScanResult(true, null);
            if (answer.EndsWith(" FOUND", StringComparison.Ordinal))
                return new ScanResult(true, answer["stream: ".Length..^" FOUND".Length]);
            LogNotScanned(answer);
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException or OperationCanceledException)
        {
            // Also when the file is longer than its StreamMaxLength: then it breaks the connection.
            LogNotScanned(e.Message);
        }

        return new ScanResult(false, null);
    }

    private static async Task<Socket> ConnectAsync(string address)
    {
        var colon = address.LastIndexOf(':');
        var isPath = address.StartsWith('/') || colon < 0;
        var socket = isPath
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await (isPath
                ? socket.ConnectAsync(new UnixDomainSocketEndPoint(address), patience.Token)
                : socket.ConnectAsync(
                    address[..colon].Trim('[', ']'), int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture), patience.Token));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task SendAsync(NetworkStream stream, FileBytes file)
    {
        await stream.WriteAsync("zINSTREAM\0"u8.ToArray());
        var buffer = new byte[4 + ChunkStore.ChunkBytes];
        for (var at = 0L; ;)
        {
            var length = await file.ReadAsync(at, buffer.AsMemory(4));
            BinaryPrimitives.WriteInt32BigEndian(buffer, length);
            using var patience = new CancellationTokenSource(Patience);
            await stream.WriteAsync(buffer.AsMemory(0, 4 + length), patience.Token);
            if (length == 0)
                return;
            at += length;
        }
    }

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        using var patience = new CancellationTokenSource(Patience);
        var (answer, length) = (new byte[1024], 0);
        while (length < answer.Length && await stream.ReadAsync(answer.AsMemory(length), patience.Token) is > 0 and var read)
        {
            length += read;
            if (answer.AsSpan(0, length).Contains((byte)0))
                break;
        }

        return Encoding.UTF8.GetString(answer, 0, length).TrimEnd('\0', '\n', ' ');
    }

    [LoggerMessage(LogLevel.Warning, "A file was refused because the virus scanner did not look at it: {Why}")]
    private partial void LogNotScanned(string why);
}

/// <summary>What the virus scanner said.</summary>
/// <param name="Done">Whether it has seen all of the file.</param>
/// <param name="Virus">What it found; null: nothing.</param>
internal sealed record ScanResult(bool Done, string? Virus);
