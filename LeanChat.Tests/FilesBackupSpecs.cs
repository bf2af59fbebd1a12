using System.Text;

namespace LeanChat.Tests;

/// <summary>One backup holds messages and their files, of the same moment.</summary>
public sealed class FilesBackupSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("leanchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_backup_taken_while_files_are_sent_has_every_file_of_every_message_in_it()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:AttachmentBytesPerDay=1000000000");
        using var enough = new CancellationTokenSource();
        var senders = new List<(Visitor Visitor, List<string> Sent, Task Sending)>();
        for (var each = 0; each < 4; each++)
        {
            var (visitor, sent) = (await server.VisitorAsync(), new List<string>());
            senders.Add((visitor, sent, SendAsync(visitor, sent, enough.Token)));
        }

        await Eventually.IsTrueAsync(() => senders.TrueForAll(sender => Count(sender.Sent) >= 3), TimeSpan.FromSeconds(30));
        var before = senders.ConvertAll(sender => Count(sender.Sent));
        var copy = Path.Combine(_folder, "copy.db");
        var backup = await Running.RunAsync(["backup", copy, "--data", server.Directory]);
        await enough.CancelAsync();
        foreach (var sender in senders)
            await sender.Sending;
        (backup.Code, backup.Error).Should().Be((0, ""));

        var elsewhere = Directory.CreateTempSubdirectory("leanchat-").FullName;
        (await Running.RunAsync(["restore", copy, "--data", elsewhere])).Code.Should().Be(0);
        await using var there = await LeanChatServer.StartInAsync(elsewhere);
        foreach (var (sender, least) in senders.Zip(before))
        {
            var kept = (await new Visitor(there) { Token = sender.Visitor.Token }.MessagesAsync()).Select(message => message!).ToList();
            kept.Should().HaveCountGreaterOrEqualTo(least, "it was acknowledged before the backup began");
            foreach (var message in kept)
            {
                var (status, bytes, _) = await there.FetchAsync(FileStories.Address(message));
                (status, Encoding.UTF8.GetString(bytes)).Should().Be((200, TextOf((string)message["content"]!)));
            }
        }
    }

    /// <summary>A file of four chunks and a message with it, again and again.</summary>
    private static async Task SendAsync(Visitor visitor, List<string> sent, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var name = $"{visitor.ChatId} {sent.Count}";
            await visitor.SendFileAsync(Encoding.UTF8.GetBytes(TextOf(name)), "list.txt", name);
            lock (sent)
                sent.Add(name);
        }
    }

    private static string TextOf(string name) => string.Concat(Enumerable.Repeat(name + "\n", 5000));

    private static int Count(List<string> sent)
    {
        lock (sent)
            return sent.Count;
    }
}
