using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>A letter through a mail server that others wrote: OpenSMTPD takes it from us and hands it on.</summary>
public sealed class OpenSmtpdSpecs
{
    private const string Program = "/usr/sbin/smtpd";

    [OpenSmtpdFact]
    public async Task A_letter_goes_through_a_mail_server_of_others_unharmed()
    {
        await using var end = MailServer.Start();
        var port = Ports.Free();
        var folder = Directory.CreateTempSubdirectory("leanchat-smtpd-").FullName;
        var configuration = Path.Combine(folder, "smtpd.conf");
        await File.WriteAllTextAsync(
            configuration,
            $"listen on 127.0.0.1 port {port} hostname mail.shop.example\n"
            + $"action \"on\" relay host smtp://127.0.0.1:{end.Port}\nmatch from local for any action \"on\"\n");
        using var smtpd = Process.Start(
            new ProcessStartInfo(Program, $"-d -f {configuration}") { RedirectStandardError = true, RedirectStandardOutput = true })!;
        try
        {
            await ListeningAsync(port);
            await using var server = await LeanChatServer.StartAsync([
                .. end.Settings.Where(setting => !setting.Contains("Port", StringComparison.Ordinal)),
                $"Mail:Smtp:Port={port}",
                "Mail:Smtp:Security=auto"]);
            var mia = await server.AdminAsync();
            var visitor = await server.VisitorAsync();
            await visitor.IdentifyAsync(new { email = "jo@example.org" });
            await mia.ReplyAsync(visitor.ChatId, "Ja, der blaue ist wieder da 👋\n.\nEin Punkt allein schadet nicht.");
            server.Clock.Advance(TimeSpan.FromMinutes(5));

            var letter = await end.ReceiveAsync();

            letter.To.Should().Equal("jo@example.org");
            letter.Subject.Should().Be("New reply from Shop Support");
            letter.Text.Should().Contain("Ja, der blaue ist wieder da 👋").And.Contain("Ein Punkt allein schadet nicht.");
            letter.Header("Message-ID").Should().EndWith("@shop.example>");
            letter.Header("List-Unsubscribe-Post").Should().Be("List-Unsubscribe=One-Click");
        }
        finally
        {
            smtpd.Kill(entireProcessTree: true);
            await smtpd.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The mail server takes a moment to open its port; there is no other sign of it.</summary>
    private static async Task ListeningAsync(int port) => await Eventually.WorksAsync<bool, SocketException>(async () =>
    {
        using var knock = new TcpClient();
        await knock.ConnectAsync(IPAddress.Loopback, port);
        return true;
    });

    /// <summary>Skipped by name where OpenSMTPD is not installed, or cannot be run because that takes root.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class OpenSmtpdFactAttribute : FactAttribute
    {
        public OpenSmtpdFactAttribute()
        {
            if (Environment.UserName != "root" || (Environment.GetEnvironmentVariable("CI") != "true" && !File.Exists(Program)))
                Skip = "OpenSMTPD is not installed here, or this is not root (apt-get install opensmtpd)";
        }
    }
}
