using System.Diagnostics;
using System.Globalization;
using LeanChat.Chats;
using LeanChat.Cli;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Bench;

/// <summary>Many senders post as fast as their last message comes to rest: committed and synced messages per second.</summary>
internal static class StoreFlood
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    /// <summary>Arguments: the number of senders (256).</summary>
    public static async Task RunAsync(string[] args)
    {
        var senders = args is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 256;
        var folder = Directory.CreateTempSubdirectory("leanchat-bench-").FullName;
        await using (var app = Program.Build(
            new ServeOptions(folder, "http://127.0.0.1:0", ["--LeanChat:Limits:MessagesPerMinute=0"], folder)))
        {
            var (commands, joining, database) = (
                app.Services.GetRequiredService<ChatCommands>(),
                app.Services.GetRequiredService<ChatJoining>(),
                app.Services.GetRequiredService<Storage.Database>());
            var users = new string[senders];
            for (var i = 0; i < senders; i++)
                users[i] = (await joining.OpenAsync(null, new())).Chat.UserId;
            for (var run = 0; run < 3; run++)
            {
                var (before, commits, cpu, clock) = (
                    database.Statistics.Writes, database.Statistics.Commits, Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
                await Task.WhenAll(users.Select(user => SendAsync(commands, user, clock)));
                var (written, took) = (database.Statistics.Writes - before, clock.Elapsed.TotalSeconds);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{senders} senders: {written / took:0} stored messages/s, "
                    + $"{(double)written / (database.Statistics.Commits - commits):0.0} per commit, "
                    + $"{(Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / written:0.0} µs of CPU each"));
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task SendAsync(ChatCommands commands, string user, Stopwatch clock)
    {
        var text = new string('x', 100);
        for (var i = 0; clock.Elapsed < Length; i++)
            await commands.PostAsUserAsync(
                user, text, i.ToString(CultureInfo.InvariantCulture) + clock.ElapsedTicks.ToString(CultureInfo.InvariantCulture));
    }
}
