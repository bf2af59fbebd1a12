using System.Net;
using System.Net.Sockets;
using LeanChat.Cli;
using LeanChat.Proof;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Tests;

/// <summary>What is wrong with a mail server is said in our words, and in the server's only what it has said.</summary>
public sealed class MailTroubleSpecs : IAsyncLifetime
{
    private const string NotEncrypted = "The connection could not be encrypted: the server does not speak TLS on this port, "
        + "or its certificate is not trusted.";

    private const string Refused = "The connection was refused: no mail server listens on this port.";
    private const string BrokeOff = "The connection broke off, or something else than a mail server answered.";
    private const string NoSignIn = "The mail server offers no sign-in on this port that LeanChat knows.";

    private MailServer _post = null!;

    public Task InitializeAsync()
    {
        _post = MailServer.Start();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _post.DisposeAsync();

    [Theory]
    [InlineData(NotEncrypted, "Security=tls")]
    [InlineData("The mail server does not offer STARTTLS on this port.", "Security=starttls")]
    [InlineData(Refused, "Port=CLOSED")]
    [InlineData("No mail server has this name.", "Host=mail.invalid")]
    [InlineData(BrokeOff, "", "CONNECT", "drop")]
    [InlineData(BrokeOff, "", "CONNECT", "* OK IMAP4rev1 ready")]
    [InlineData(BrokeOff, "", "END", "drop")]
    [InlineData(NoSignIn, "User=post", "EHLO", "250 mail.shop.example")]
    [InlineData("The mail server said: 554 go away", "", "CONNECT", "554 go away")]
    [InlineData("The mail server said: 530 5.7.0 Must issue a STARTTLS command first", "", "MAIL",
        "530 5.7.0 Must issue a STARTTLS command first")]
    [InlineData("The mail server said: 534 5.7.9 Application-specific password required", "User=post", "AUTH",
        "534 5.7.9 Application-specific password required")]
    [InlineData("The mail server said: 535 5.7.8 Authentication failed", "User=post", "AUTH", "535 5.7.8 Authentication failed")]
    public async Task A_test_e_mail_that_does_not_go_says_why(string says, string setting, string step = "", string answer = "")
    {
        _post.Mood = each => each == step ? answer : each == "EHLO" ? "250-mail.shop.example\r\n250 AUTH PLAIN" : null;
        await using var server = await LeanChatServer.StartAsync(
            [.. _post.Settings, "Mail:Smtp:Password=secret", .. Setting("Mail:Smtp:", setting)]);
        var mia = await server.AdminAsync();

        var refused = await mia.PostAsync("/settings/test_mail");

        (refused.Status, (string)refused.Json!["message"]!).Should().Be((409, says));
        var finding = await ExamineAsync(server, "mail");
        finding.Good.Should().BeFalse();
        finding.Says.Should().Contain(says.Replace("The mail server said: ", "said: ", StringComparison.Ordinal));
        finding.Says.Contains(" said: ", StringComparison.Ordinal).Should().Be(says.Contains(" said: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_letter_that_waits_says_why_in_the_same_words()
    {
        await using var server = await LeanChatServer.StartAsync([.. _post.Settings, "Mail:Smtp:Security=tls"]);
        var mia = await server.AdminAsync();
        var jo = await server.VisitorAsync();
        await jo.IdentifyAsync(new { email = "jo@example.org" });
        await mia.ReplyAsync(jo.ChatId, "One.");
        server.Clock.Advance(TimeSpan.FromMinutes(5));

        await Eventually.IsTrueAsync(async () => (bool?)(await mia.GetAsync("/mail")).Json!["sending"]!["ok"] == false);

        ((string)(await mia.GetAsync("/mail")).Json!["sending"]!["error"]!).Should().Be(NotEncrypted);
        ((string)(await mia.OpenChatAsync(jo.ChatId))["letters"]![0]!["error"]!).Should().Be(NotEncrypted);
    }

    [Theory]
    [InlineData(NotEncrypted, "Security=tls")]
    [InlineData(Refused, "Port=CLOSED")]
    [InlineData("No mail server has this name.", "Host=mail.invalid")]
    [InlineData(BrokeOff, "Security=none")]
    [InlineData("The mail server does not offer STARTTLS on this port.", "Security=starttls", "* OK ready", "CAPABILITY IMAP4rev1")]
    [InlineData(NoSignIn, "Security=none", "* OK ready", "CAPABILITY IMAP4rev1 LOGINDISABLED")]
    [InlineData("NO Invalid credentials", "Security=none", "* OK ready", "CAPABILITY IMAP4rev1",
        "NO [AUTHENTICATIONFAILED] Invalid credentials")]
    [InlineData("NO Come back later", "Security=none", "* OK ready", "CAPABILITY IMAP4rev1", "OK",
        "NO [SERVERBUG] Come back later")]
    [InlineData("The mailbox has no such folder.", "Folder=Answers", "* OK ready", "CAPABILITY IMAP4rev1")]
    [InlineData("The mailbox needs a username and a password.", "User=", "* OK ready", "CAPABILITY IMAP4rev1")]
    public async Task A_mailbox_that_cannot_be_read_says_why(
        string says, string setting, string greeting = "", string capability = "", string login = "OK", string examine = "OK")
    {
        await using var imap = greeting.Length > 0 ? ScriptedImap.Start(greeting, capability, login, examine) : null;
        await using var server = await LeanChatServer.StartAsync(
            [
                .. _post.Settings, "Mail:Imap:Host=127.0.0.1", $"Mail:Imap:Port={imap?.Port ?? _post.Port}", "Mail:Imap:User=post",
                "Mail:Imap:Password=secret", "Mail:Imap:Security=none", .. Setting("Mail:Imap:", setting),
            ]);
        var mia = await server.AdminAsync();

        await Eventually.IsTrueAsync(async () => (bool?)(await mia.GetAsync("/mail")).Json!["receiving"]!["ok"] == false);

        ((string)(await mia.GetAsync("/mail")).Json!["receiving"]!["error"]!).Should().Be(says);
        var finding = await ExamineAsync(server, "mailbox");
        finding.Good.Should().BeFalse();
        finding.Says.Should().Contain(says);
        finding.Says.Contains(" said: ", StringComparison.Ordinal).Should().Be(says.StartsWith("NO ", StringComparison.Ordinal));
    }

    private static async Task<Finding> ExamineAsync(LeanChatServer server, string about) =>
        await ActivatorUtilities.CreateInstance<Doctor>(server.Services).ExamineAsync(server.Origin, "jo@example.org", default)
            .SingleAsync(finding => finding.About == about);

    private static string[] Setting(string group, string setting) =>
        setting.Length == 0 ? [] : [group + setting.Replace("CLOSED", $"{Ports.Free()}", StringComparison.Ordinal)];

    /// <summary>An IMAP server that answers what it was told to.</summary>
    private sealed class ScriptedImap : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _ended = new();
        private readonly Task _serving;

        private ScriptedImap(string greeting, string capability, string login, string examine)
        {
            _listener.Start();
            _serving = ServeAsync(greeting, capability, login, examine);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public static ScriptedImap Start(string greeting, string capability, string login, string examine) =>
            new(greeting, capability, login, examine);

        public async ValueTask DisposeAsync()
        {
            await _ended.CancelAsync();
            _listener.Stop();
            await _serving;
            _ended.Dispose();
        }

        private async Task ServeAsync(string greeting, string capability, string login, string examine)
        {
            try
            {
                while (true)
                    _ = ConverseAsync(await _listener.AcceptTcpClientAsync(_ended.Token), greeting, capability, login, examine);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The story is over.
            }
        }

        private async Task ConverseAsync(TcpClient client, string greeting, string capability, string login, string examine)
        {
            using var line = client;
            using var reader = new StreamReader(client.GetStream());
            await using var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
            try
            {
                await writer.WriteLineAsync(greeting);
                while (await reader.ReadLineAsync(_ended.Token) is { } command)
                {
                    var (tag, verb) = (command.Split(' ')[0], command.Split(' ')[1].ToUpperInvariant());
                    if (verb == "CAPABILITY")
                        await writer.WriteLineAsync("* " + capability);
                    if (verb == "LIST" && command.EndsWith("INBOX", StringComparison.OrdinalIgnoreCase))
                        await writer.WriteLineAsync("* LIST () \"/\" INBOX");
                    if (verb == "LIST" && command.EndsWith("\"\" \"\"", StringComparison.OrdinalIgnoreCase))
                        await writer.WriteLineAsync("* LIST (\\Noselect) \"/\" \"\"");
                    await writer.WriteLineAsync($"{tag} " + verb switch { "LOGIN" => login, "SELECT" => examine, _ => "OK" });
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The other side hung up, or the story is over.
            }
        }
    }
}
