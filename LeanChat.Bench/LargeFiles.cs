using System.Diagnostics;
using System.Globalization;
using LeanChat.Chats;
using LeanChat.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Bench;

/// <summary>A database with many bytes of files beside one without: start, doctor, checkpoint, messages, erasure.</summary>
internal static class LargeFiles
{
    private static readonly TimeSpan MessageTime = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(int gigabytes)
    {
        var folder = Directory.CreateTempSubdirectory("leanchat-bench-").FullName;
        try
        {
            await MeasureAsync(folder, "no files");
            await using (var app = FilesBench.Build(folder))
                await FillAsync(app.Services.GetRequiredService<Database>(), gigabytes);
            await MeasureAsync(folder, $"{gigabytes} GB of files");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(string folder, string name)
    {
        var clock = Stopwatch.StartNew();
        await using var app = FilesBench.Build(folder);
        var start = clock.Elapsed;
        var database = app.Services.GetRequiredService<Database>();
        var chat = (await app.Services.GetRequiredService<ChatJoining>().OpenAsync(null, new())).Chat;
        using var stop = new CancellationTokenSource(MessageTime);
        var times = await FilesBench.PostAsync(app.Services, chat.UserId, stop.Token);
        clock.Restart();
        await database.WriteAsync(tx =>
        {
            tx.Erase();
            return true;
        });
        var checkpoint = clock.Elapsed;
        clock.Restart();
        var damage = await database.CheckAsync(except: Files.ChunkStore.Table);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-16} start {start.TotalMilliseconds:0} ms, message p50 {FilesBench.Percentile(times, 0.5):0.0} ms, "
            + $"p99 {FilesBench.Percentile(times, 0.99):0.0} ms, emptying the log {checkpoint.TotalMilliseconds:0} ms, "
            + $"doctor {clock.Elapsed.TotalMilliseconds:0} ms{damage}"));
    }

    private static async Task FillAsync(Database database, int gigabytes)
    {
        var (clock, chunk) = (Stopwatch.StartNew(), new byte[Files.ChunkStore.ChunkBytes]);
        new Random(1).NextBytes(chunk);
        var chat = await database.WriteAsync(tx => ChatCommands.Open(tx, People.UserStore.Create(tx, new())));
        const int chunks = 160;
        for (var file = 0; file < gigabytes * 1000L * 1000 * 1000 / (chunks * chunk.Length); file++)
        {
            await database.WriteAsync(tx =>
            {
                var id = tx.NewId();
                Files.AttachmentStore.Add(
                    tx, id, new Files.Uploader(chat.Id, Sender.UserType, chat.UserId), "photo.jpg", (long)chunks * chunk.Length);
                for (var number = 0; number < chunks; number++)
                    Files.ChunkStore.Add(tx, id, number, chunk);
                Files.AttachmentStore.Complete(
                    tx, new Files.Attachment(id, "photo.jpg", "image/jpeg", (long)chunks * chunk.Length, null, null, ""));
                Files.AttachmentStore.Use(tx, id, id);
                return true;
            });
        }

        Console.Error.WriteLine($"filled in {clock.Elapsed.TotalSeconds:0} s");
    }
}
