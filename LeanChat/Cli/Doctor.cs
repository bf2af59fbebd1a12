using System.Globalization;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Mail;
using LeanChat.Operations;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Cli;

/// <summary>`leanchat doctor`: checks what a chat needs to work, one line each.</summary>
internal sealed class Doctor(
    Database database, Outbox outbox, Smtp smtp, Imap imap, LetterLinks links, ScheduledBackups backups,
    CurrentSettings settings, TimeProvider clock)
{
    private const long LeastFreeBytes = 200 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Every release is newer, so a clock before this is wrong.</summary>
    private static readonly DateTimeOffset Built = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    public static Finding ExamineDisk(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var probe = Path.Combine(directory, ".doctor");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            var free = new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace;
            var said = string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:0.0} GB free in {Path.GetFullPath(directory)}");
            return free >= LeastFreeBytes
                ? new Finding("disk", true, said)
                : new Finding("disk", false, said + ": free some space, or messages can soon no longer be stored.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Finding(
                "disk", false,
                $"{Path.GetFullPath(directory)} cannot be written ({e.Message}): give the user that runs leanchat write access to it.");
        }
    }

    /// <summary>Checks everything but the disk.</summary>
    public async IAsyncEnumerable<Finding> ExamineAsync(string urls, string? mailTo, [EnumeratorCancellation] CancellationToken stopping)
    {
        yield return await ExamineDatabaseAsync();
        yield return ExamineBackups();
        yield return await ExamineMailAsync(mailTo, stopping);
        yield return await ExamineMailboxAsync(stopping);
        var listening = urls.Split(';')[0]
            .Replace("*", "localhost", StringComparison.Ordinal).Replace("+", "localhost", StringComparison.Ordinal);
        var origin = settings.Value.PublicUrl is { Length: > 0 } url ? url : listening;
        yield return await ExamineUrlAsync(origin, stopping);
        yield return await ExamineUpgradeAsync(origin, stopping);
        yield return ExamineClock();
    }

    /// <summary>The bytes of files are left out: reading all of them could take hours. Every backup checks them.</summary>
    private async Task<Finding> ExamineDatabaseAsync() => await database.CheckAsync(except: ChunkStore.Table) is { } damage
        ? new Finding("database", false, $"{database.Location} is damaged ({damage}): stop the server and restore a backup.")
        : new Finding("database", true, $"{database.Location} is not damaged");

    private Finding ExamineBackups()
    {
        if (backups.Every is not { } every)
            return new Finding("backup", true, "none is scheduled: set LeanChat:Backup:Every, or run leanchat backup FILE every day");
        var newest = backups.Newest();
        var late = newest is null || clock.GetUtcNow() - newest > 2 * every;
        return new Finding("backup", !late, newest is { } at
            ? $"the newest in {backups.Folder} was made at {UtcText.Of(at)}{(late ? ": the server's log says why none is newer" : "")}"
            : $"there is none yet in {backups.Folder}: start the server; if there is still none, its log says why");
    }

    private async Task<Finding> ExamineMailAsync(string? mailTo, CancellationToken stopping)
    {
        if (!outbox.Ready)
            return new Finding("mail", mailTo is null, "e-mail is not set up: set LeanChat:Mail:Smtp:Host and LeanChat:Mail:From.");
        var now = settings.Value;
        var server = $"{now["Mail:Smtp:Host"]}:{now["Mail:Smtp:Port"]}";
        var delivery = mailTo is null
            ? await smtp.CheckAsync(stopping)
            : await smtp.SendAsync(Letter.Test(now, mailTo, links.ToDashboard, clock.GetUtcNow()), stopping);
        var (name, from) = Smtp.HeloName(now);
        var hello = $"EHLO {name}, from LeanChat:{from}";
        if (delivery.State != SmtpOutcome.Sent)
        {
            return new Finding(
                "mail", false,
                $"{server} ({hello}){Said(delivery.Error!, delivery.Detail)} Check host, port, encryption, username and password.");
        }

        return new Finding("mail", true, mailTo is null
            ? $"{server} accepts our sign-in ({hello}); --mail-to ADDRESS sends a test e-mail"
            : $"{server} accepted a test e-mail to {mailTo} ({hello})");
    }

    private async Task<Finding> ExamineMailboxAsync(CancellationToken stopping)
    {
        var now = settings.Value;
        if (!Imap.IsSet(now))
            return new Finding("mailbox", true, "none is set: answers to e-mails are not read (LeanChat:Mail:Imap:Host)");
        var server = $"{now["Mail:Imap:User"]} at {now["Mail:Imap:Host"]}:{now["Mail:Imap:Port"]}";
        try
        {
            using var session = await imap.OpenAsync(stopping);
            return new Finding("mailbox", true, $"{server} can be read; answers go to {Imap.AddressOf(now)?.Wire}");
        }
        catch (MailboxException e)
        {
            return new Finding(
                "mailbox", false,
                $"{server}{Said(e.Message, e.Detail)} Check host, port, encryption, username, password and folder.");
        }
    }

    private static string Said(string error, string? detail) =>
        MailErrorText.IsReply(error) ? $" said: {error}" : detail is null ? $": {error}" : $": {error} ({detail})";

    private async Task<Finding> ExamineUrlAsync(string origin, CancellationToken stopping)
    {
        try
        {
            using var client = new HttpClient { Timeout = Patience };
            using var answer = await client.GetAsync(new Uri(origin + "/healthz"), stopping);
            var said = await answer.Content.ReadAsStringAsync(stopping);
            if (answer.IsSuccessStatusCode && said != "ok")
            {
                return new Finding(
                    "public URL", false,
                    $"another program answers {origin}/healthz: let the proxy pass everything below {origin}/ to leanchat.");
            }

            return new Finding("public URL", answer.IsSuccessStatusCode, answer.IsSuccessStatusCode
                ? $"{origin} answers{(settings.Value.PublicUrl.Length == 0 ? "; set LeanChat:PublicUrl for links in e-mails" : "")}"
                : $"{origin}/healthz answers {(int)answer.StatusCode}: {said.ReplaceLineEndings(" ")}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return new Finding(
                "public URL", false, $"{origin} does not answer ({e.Message}): start the server; check DNS, certificate and proxy.");
        }
    }

    private static async Task<Finding> ExamineUpgradeAsync(string origin, CancellationToken stopping)
    {
        using var socket = new ClientWebSocket();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        try
        {
            await socket.ConnectAsync(new Uri(string.Concat("ws", origin.AsSpan(4), "/ws/chat")), patience.Token);
            return new Finding("WebSocket", true, "the upgrade works");
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            return new Finding(
                "WebSocket", false,
                $"no upgrade on {origin}/ws/chat ({e.Message}): let the proxy pass Upgrade and Connection on /ws/. " +
                "Until then the widget polls.");
        }
    }

    private Finding ExamineClock() => clock.GetUtcNow() is var now && now >= Built
        ? new Finding("clock", true, UtcText.Of(now))
        : new Finding("clock", false, $"it says {UtcText.Of(now)}, which is wrong: set it, and keep it right with NTP.");
}

/// <summary>One line of `leanchat doctor`.</summary>
internal sealed record Finding(string About, bool Good, string Says)
{
    /// <summary>Prints the line; returns whether it was good.</summary>
    public bool Say()
    {
        Console.WriteLine($"{(Good ? "ok  " : "FAIL")}  {About,-10}  {Says}");
        return Good;
    }
}
