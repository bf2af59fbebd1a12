using System.Net.Sockets;
using System.Text;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>How much may be uploaded, how fast, and how it is refused.</summary>
public sealed class FilesLimitSpecs
{
    private const int Kib = 1 << 10;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_has_at_most_so_many_bytes(bool chunked)
    {
        await using var server = await LeanChatServer.StartAsync("Limits:AttachmentBytes=300000");
        var visitor = await server.VisitorAsync();

        (await visitor.UploadAsync(FileSamples.Text(300_000), "a.txt", chunked)).Status.Should().Be(201);
        (await visitor.UploadAsync(FileSamples.Text(300_001), "a.txt", chunked)).ShouldBeRefused(413, "too_large");
        (await visitor.UploadAsync(FileSamples.Text(3_000_000), "a.txt", chunked)).ShouldBeRefused(413, "too_large");
        (await visitor.UploadAsync([], "a.txt", chunked)).ShouldBeRefused(422, "empty_content");

        await NothingIsLeftButAsync(server, 300_000);
    }

    [Fact]
    public async Task A_file_may_be_larger_than_any_other_body()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:FrameBytes=2000", "Limits:FrameTime=00:00:05");
        var visitor = await server.VisitorAsync();

        (await visitor.UploadAsync(FileSamples.Text(10 << 20), "a.txt")).Status.Should().Be(201);
    }

    [Fact]
    public async Task A_user_has_so_many_bytes_a_day_and_an_admin_as_many_as_it_takes()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:AttachmentBytesPerDay=200000");
        var (visitor, other, mia) = (await server.VisitorAsync(), await server.VisitorAsync(), await server.AdminAsync());

        (await visitor.UploadAsync(FileSamples.Text(150_000), "a.txt")).Status.Should().Be(201);
        (await visitor.UploadAsync(FileSamples.Text(50_001), "a.txt")).ShouldBeRefused(429, "too_many_requests");
        var refused = await visitor.UploadAsync(FileSamples.Text(50_001), "a.txt", chunked: true);
        refused.ShouldBeRefused(429, "too_many_requests");
        int.Parse(refused.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(1, 86_400);
        (await visitor.UploadAsync(FileSamples.Text(50_000), "a.txt")).Status.Should().Be(201, "what was refused does not count");
        (await visitor.UploadAsync(FileSamples.Text(1), "a.txt")).ShouldBeRefused(429, "too_many_requests");
        (await other.UploadAsync(FileSamples.Text(150_000), "a.txt")).Status.Should().Be(201);
        for (var each = 0; each < 3; each++)
            (await mia.UploadAsync(visitor.ChatId, FileSamples.Text(150_000), "a.txt")).Status.Should().Be(201);

        server.Clock.Advance(TimeSpan.FromHours(24));
        (await visitor.UploadAsync(FileSamples.Text(150_000), "a.txt")).Status.Should().Be(201);
    }

    [Fact]
    public async Task A_small_file_counts_as_16_KiB()
    {
        await using var server = await LeanChatServer.StartAsync($"Limits:AttachmentBytesPerDay={5 * 16 * Kib}");
        var visitor = await server.VisitorAsync();

        for (var each = 0; each < 5; each++)
            (await visitor.UploadAsync("x"u8.ToArray(), "a.txt")).Status.Should().Be(201);
        (await visitor.UploadAsync("x"u8.ToArray(), "a.txt")).ShouldBeRefused(429, "too_many_requests");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Uploads_at_the_same_time_cannot_exceed_the_limit_together(bool chunked)
    {
        await using var server = await LeanChatServer.StartAsync(
            "Limits:AttachmentBytesPerDay=1000000", "Limits:AttachmentBytes=300000");
        var visitor = await server.VisitorAsync();

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => visitor.UploadAsync(FileSamples.Text(300_000), "a.txt", chunked)));

        replies.Count(reply => reply.Status == 201).Should().Be(3);
        replies.Where(reply => reply.Status != 201).Should().OnlyContain(reply => reply.Status == 429);
        await NothingIsLeftButAsync(server, 900_000);
    }

    [Fact]
    public async Task All_files_together_have_so_many_bytes()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:AttachmentBytesInAll=200000");
        var (visitor, other, mia) = (await server.VisitorAsync(), await server.VisitorAsync(), await server.AdminAsync());
        (await visitor.UploadAsync(FileSamples.Text(150_000), "a.txt")).Status.Should().Be(201);

        (await other.UploadAsync(FileSamples.Text(60_000), "a.txt")).ShouldBeRefused(507, "storage_full");
        (await mia.UploadAsync(visitor.ChatId, FileSamples.Text(60_000), "a.txt")).ShouldBeRefused(507, "storage_full");
        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId)).Status.Should().Be(204);
        (await other.UploadAsync(FileSamples.Text(60_000), "a.txt")).Status.Should().Be(201, "there is room again");
    }

    [Fact]
    public async Task What_can_be_refused_early_is_refused_before_the_bytes_are_there()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:AttachmentBytes=100000");
        var visitor = await server.VisitorAsync();

        foreach (var (query, length, token, status) in ((string, long, string, string)[])[
            ("name=a.txt", 100_001, visitor.Token, "413"), ("name=a.exe", 1000, visitor.Token, "415"),
            ("name=a.txt", 1000, "x", "401"), ("name=a.txt", 1L << 40, visitor.Token, "413")])
        {
            using var line = await KnockAsync(server, query, $"Content-Length: {length}", token);
            (await AnswerAsync(line)).Should().StartWith("HTTP/1.1 " + status, query);
        }
    }

    [Fact]
    public async Task Whoever_sends_on_while_being_refused_still_gets_the_answer()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:AttachmentBytes=100000");
        var visitor = await server.VisitorAsync();
        using var line = await KnockAsync(server, "name=a.txt", "Content-Length: 20000000", visitor.Token);
        var stream = line.GetStream();
        var sent = 0L;
        var sending = Task.Run(async () =>
        {
            try
            {
                for (var bytes = new byte[65_536]; sent < 20_000_000; sent += bytes.Length)
                    await stream.WriteAsync(bytes);
            }
            catch (IOException)
            {
                // The server has closed the line at last.
            }
        });

        // Many clients read no answer before they have sent everything.
        await sending;
        (await AnswerAsync(line)).Should().StartWith("HTTP/1.1 413").And.Contain("too_large");
    }

    [Theory]
    [InlineData("Content-Length: 100000")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task An_upload_that_does_not_come_along_is_ended(string length)
    {
        await using var server = await LeanChatServer.StartAsync("Limits:FrameTime=00:00:01");
        var visitor = await server.VisitorAsync();
        using var line = await KnockAsync(server, "name=a.txt", length, visitor.Token);
        var begun = TimeProvider.System.GetTimestamp();
        await line.GetStream().WriteAsync("64\r\n"u8.ToArray());

        (await AnswerAsync(line)).Should().StartWith("HTTP/1.1 400").And.Contain("bad_request");

        TimeProvider.System.GetElapsedTime(begun).Should().BeLessThan(TimeSpan.FromSeconds(10));
        await NothingIsLeftButAsync(server, 0);
    }

    [Fact]
    public async Task A_slow_upload_is_waited_for_but_not_for_ever()
    {
        await using var server = await LeanChatServer.StartAsync(
            "Limits:FrameTime=00:00:01", "Limits:AttachmentTime=00:00:03");
        var visitor = await server.VisitorAsync();
        using var line = await KnockAsync(server, "name=a.txt", "Content-Length: 100000", visitor.Token);
        var (begun, answer) = (TimeProvider.System.GetTimestamp(), AnswerAsync(line));
        try
        {
            // Four times as fast as it must be.
            for (var piece = FileSamples.Text(4 * Kib / 10); !answer.IsCompleted; await Task.Delay(100))
                await line.GetStream().WriteAsync(piece);
        }
        catch (IOException)
        {
            // Ended.
        }

        (await answer).Should().StartWith("HTTP/1.1 400");
        TimeProvider.System.GetElapsedTime(begun).Should().BeGreaterThan(TimeSpan.FromSeconds(2.5));
        await NothingIsLeftButAsync(server, 0);
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        using (var line = await KnockAsync(server, "name=a.txt", "Content-Length: 1000000", visitor.Token))
        {
            await line.GetStream().WriteAsync(FileSamples.Text(500_000));
            await Eventually.IsTrueAsync(() => CountAsync(server, "select count(*) from attachment_chunks").ContinueWith(
                count => count.Result > 5, TaskScheduler.Default));
        }

        await NothingIsLeftButAsync(server, 0);
    }

    /// <summary>So many bytes are stored and counted, of whole files.</summary>
    private static async Task NothingIsLeftButAsync(LeanChatServer server, long bytes)
    {
        await Eventually.IsTrueAsync(async () =>
            await CountAsync(server, "select coalesce(sum(length(bytes)), 0) from attachment_chunks") == bytes
            && await CountAsync(server, "select bytes from attachment_total") == bytes
            && await CountAsync(server, "select count(*) from attachments where stored_at is null") == 0);
    }

    private static Task<long> CountAsync(LeanChatServer server, string query) => server.Database.ReadAsync(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    });

    private static async Task<TcpClient> KnockAsync(LeanChatServer server, string query, string length, string token)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /support_chat/attachments?{query} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n"
            + $"Authorization: Bearer {token}\r\n{length}\r\n\r\n"));
        return client;
    }

    /// <summary>All that comes back until the line ends, or until the answer is whole.</summary>
    private static async Task<string> AnswerAsync(TcpClient line)
    {
        var (text, buffer) = (new StringBuilder(), new byte[8192]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            while (!text.ToString().EndsWith('}') && await line.GetStream().ReadAsync(buffer, patience.Token) is > 0 and var read)
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Reset: what was said before counts.
        }

        return text.ToString();
    }
}
