using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>A virus scanner that others wrote: clamd reads every file, with a signature of our own instead of its large lists.</summary>
public sealed class ClamdSpecs
{
    private const string Program = "/usr/sbin/clamd";

    /// <summary>Half of the EICAR test file: our signature knows it, and no other scanner on this machine minds it.</summary>
    private const string Virus = "X5O!P%@AP[4-PZX54(P^)7CC)7}";

    [ClamdFact]
    public async Task Clamd_decides_what_is_taken()
    {
        var folder = Directory.CreateTempSubdirectory("leanchat-clamd-").FullName;
        var lists = Directory.CreateDirectory(Path.Combine(folder, "lists")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(lists, "test.ndb"), $"Test-Virus:0:*:{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Virus))}\n");
        var (path, configuration) = (Path.Combine(folder, "clamd.sock"), Path.Combine(folder, "clamd.conf"));
        await File.WriteAllTextAsync(
            configuration, $"LocalSocket {path}\nDatabaseDirectory {lists}\nForeground yes\nStreamMaxLength 1M\n");
        using var clamd = Process.Start(
            new ProcessStartInfo(Program, $"-c {configuration}") { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _ = clamd.StandardOutput.ReadToEndAsync();
        _ = clamd.StandardError.ReadToEndAsync();
        try
        {
            await Eventually.WorksAsync<bool, SocketException>(async () =>
            {
                using var knock = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await knock.ConnectAsync(new UnixDomainSocketEndPoint(path));
                return true;
            });
            await using var server = await LeanChatServer.StartAsync("Attachments:Scan=" + path);
            var (visitor, mia) = (await server.VisitorAsync(), await server.AdminAsync());

            (await visitor.UploadAsync(FileSamples.Png())).Status.Should().Be(201);
            (await visitor.UploadAsync(FileSamples.Text(500_000), "a.txt")).Status.Should().Be(201);
            (await visitor.UploadAsync(Encoding.ASCII.GetBytes("text " + Virus), "a.txt")).ShouldBeRefused(415, "unsupported_type");
            // In a packed file, too: that is what a scanner is for.
            (await visitor.UploadAsync(FileSamples.Zip(("inside.txt", Virus)), "a.zip")).ShouldBeRefused(415, "unsupported_type");
            // Longer than it reads: nobody knows what is in the rest.
            (await visitor.UploadAsync(FileSamples.Text(2_000_000), "a.txt")).ShouldBeRefused(503, "overloaded");

            ((string)(await mia.OpenChatAsync(visitor.ChatId))["refused_files"]![0]!["reason"]!).Should().StartWith("Test-Virus");
        }
        finally
        {
            clamd.Kill(entireProcessTree: true);
            await clamd.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Skipped by name where clamd is not installed.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ClamdFactAttribute : FactAttribute
    {
        public ClamdFactAttribute()
        {
            if (Environment.GetEnvironmentVariable("CI") != "true" && !File.Exists(Program))
                Skip = "clamd is not installed here (apt-get install clamav-daemon)";
        }
    }
}
