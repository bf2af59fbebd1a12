using System.Diagnostics;
using System.Globalization;
using LeanChat.Chats;
using LeanChat.Cli;
using LeanChat.Files;
using LeanChat.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Bench;

/// <summary>
/// What files cost messages: 200 messages a second alone, while ten uploads of 10 MB run into the database, and while the same bytes go
/// into files beside it. Then a database with many bytes of files beside an empty one.
/// </summary>
internal static class FilesBench
{
    private const int MessagesPerSecond = 200;
    private const int Parallel = 10;
    private const int FileBytes = 10_000_000;

    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(8);

    /// <summary>Arguments: rounds (3), then gigabytes of files in the large database (10; 0 leaves it out).</summary>
    public static async Task RunAsync(string[] args)
    {
        var rounds = Number(args, 0, 3);
        var folder = Directory.CreateTempSubdirectory("leanchat-bench-").FullName;
        try
        {
            await using (var app = Build(folder))
                await CompareAsync(app.Services, folder, rounds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        if (Number(args, 1, 10) is > 0 and var gigabytes)
            await LargeFiles.RunAsync(gigabytes);
    }

    public static Microsoft.AspNetCore.Builder.WebApplication Build(string folder) => Program.Build(new ServeOptions(
        folder, "http://127.0.0.1:0",
        ["--LeanChat:Limits:MessagesPerMinute=0", "--LeanChat:Limits:AttachmentBytesPerDay=0", "--LeanChat:Limits:AttachmentBytesInAll=0"],
        folder));

    /// <summary>Posts at a steady pace; tells how long each took, in milliseconds.</summary>
    public static async Task<List<double>> PostAsync(IServiceProvider services, string user, CancellationToken stop)
    {
        var (commands, times, start, due) = (services.GetRequiredService<ChatCommands>(), new List<double>(), Stopwatch.StartNew(), 0);
        var waiting = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            for (; due < start.Elapsed.TotalSeconds * MessagesPerSecond; due++)
                waiting.Add(OneAsync());
            await Task.Delay(1, CancellationToken.None);
        }

        await Task.WhenAll(waiting);
        return times;

        async Task OneAsync()
        {
            var begun = Stopwatch.GetTimestamp();
            await commands.PostAsUserAsync(user, "How long does the blue one take to arrive?", null);
            var took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            lock (times)
                times.Add(took);
        }
    }

    public static double Percentile(List<double> times, double share)
    {
        times.Sort();
        return times.Count == 0 ? 0 : times[Math.Min(times.Count - 1, (int)(times.Count * share))];
    }

    private static async Task CompareAsync(IServiceProvider services, string folder, int rounds)
    {
        var chat = (await services.GetRequiredService<ChatJoining>().OpenAsync(null, new())).Chat;
        (string Name, Func<int, CancellationToken, Task<long>>? Upload)[] ways =
        [
            ("alone", null), ("uploads into the database", (_, stop) => IntoDatabaseAsync(services, chat, stop)),
            ("uploads into files", (number, stop) => IntoFilesAsync(Path.Combine(folder, "files"), number, int.MaxValue, stop)),
            ("files, synced every MB", (number, stop) => IntoFilesAsync(Path.Combine(folder, "files"), number, 1 << 20, stop)),
        ];
        var p99 = ways.ToDictionary(way => way.Name, _ => new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var (name, upload) in ways)
            {
                using var stop = new CancellationTokenSource(RoundTime);
                var (memory, cpu) = (Environment.WorkingSet, Environment.CpuUsage.TotalTime);
                var uploads = Enumerable.Range(0, upload is null ? 0 : Parallel).Select(each => Task.Run(() => upload!(each, stop.Token)))
                    .ToArray();
                var times = await PostAsync(services, chat.UserId, stop.Token);
                var bytes = (await Task.WhenAll(uploads)).Sum();
                p99[name].Add(Percentile(times, 0.99));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{round} {name,-26} p50 {Percentile(times, 0.5),6:0.0} ms  p99 {Percentile(times, 0.99),6:0.0} ms  "
                    + $"{bytes / 1e6 / RoundTime.TotalSeconds,6:0.0} MB/s  {(Environment.WorkingSet - memory) / 1e6,5:0.0} MB more  "
                    + $"{(Environment.CpuUsage.TotalTime - cpu).TotalSeconds,5:0.0} s of CPU"));
            }
        }

        var alone = Percentile(p99["alone"], 0.5);
        foreach (var (name, all) in p99)
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"median p99, {name}: {Percentile(all, 0.5):0.0} ms, {Percentile(all, 0.5) / alone:0.0} times"));
    }

    private static async Task<long> IntoDatabaseAsync(IServiceProvider services, Chat chat, CancellationToken stop)
    {
        var (uploads, piece, sent) = (services.GetRequiredService<Uploads>(), Piece(), 0L);
        while (!stop.IsCancellationRequested)
        {
            if (!(await uploads.BeginAsync(new Uploader(chat.Id, Sender.UserType, chat.UserId), "long.txt", FileBytes))
                .Is(out var upload, out var error))
                throw new InvalidOperationException(error.Message);
            await using (upload)
            {
                while (upload.Size < FileBytes && !stop.IsCancellationRequested)
                {
                    if (await upload.AppendAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, FileBytes - upload.Size))) is { } refused)
                        throw new InvalidOperationException(refused.Message);
                }

                sent += upload.Size;
                if (upload.Size == FileBytes)
                    await upload.CompleteAsync();
            }
        }

        return sent;
    }

    /// <summary>What a file needs to be there after a power cut: its bytes synced, its name synced.</summary>
    private static async Task<long> IntoFilesAsync(string folder, int number, int syncEvery, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var (piece, sent) = (Piece(), 0L);
        for (var each = 0; !stop.IsCancellationRequested; each++)
        {
            var (name, unsynced) = (Path.Combine(folder, $"{number}-{each}"), 0);
            await using (var file = new FileStream(name + ".part", FileMode.Create, FileAccess.Write, FileShare.None, 1))
            {
                for (var written = 0; written < FileBytes && !stop.IsCancellationRequested; written += piece.Length)
                {
                    await file.WriteAsync(piece, CancellationToken.None);
                    (sent, unsynced) = (sent + piece.Length, unsynced + piece.Length);
                    if (unsynced < syncEvery)
                        continue;
                    file.Flush(flushToDisk: true);
                    unsynced = 0;
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(name + ".part", name, overwrite: true);
            Disk.FlushFolder(folder);
        }

        return sent;
    }

    private static byte[] Piece()
    {
        var piece = new byte[64 << 10];
        Array.Fill(piece, (byte)'x');
        return piece;
    }

    private static int Number(string[] args, int at, int otherwise) =>
        args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
}
