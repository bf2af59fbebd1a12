using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LeanChat.Proof;

/// <summary>A mailbox on a server that others wrote: Debian's Dovecot on a port of its own, as an ordinary user.</summary>
internal sealed class ImapServer : IAsyncDisposable
{
    public const string Program = "/usr/sbin/dovecot";
    public const string User = "help@shop.example";
    public const string Password = "mailbox-secret";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _folder;
    private Process? _process;
    private int _count;

    private ImapServer(string folder, int port) => (_folder, Port) = (folder, port);

    public int Port { get; }

    /// <summary>The settings that read this mailbox.</summary>
    public string[] Settings =>
    [
        "Mail:Imap:Host=127.0.0.1", $"Mail:Imap:Port={Port}", "Mail:Imap:Security=none", $"Mail:Imap:User={User}",
        $"Mail:Imap:Password={Password}",
    ];

    private string Inbox => Path.Combine(_folder, "home", "Maildir");

    public static bool IsPossible => File.Exists(Program);

    private static bool IsRoot => Environment.UserName == "root";

    public static async Task<ImapServer> StartAsync(bool idle = true)
    {
        var port = Ports.Free();
        var folder = Directory.CreateTempSubdirectory("leanchat-imap-").FullName;
        var server = new ImapServer(folder, port);
        foreach (var part in (string[])["new", "cur", "tmp"])
            Directory.CreateDirectory(Path.Combine(server.Inbox, part));
        var user = IsRoot ? "nobody" : Environment.UserName;
        var group = await RunAsync("id", "-gn", user);
        var ids = $"uid={await RunAsync("id", "-u", user)} gid={await RunAsync("id", "-g", user)}";
        await File.WriteAllTextAsync(Path.Combine(folder, "dovecot.conf"), Configuration(folder, port, user, group, ids, idle));
        if (IsRoot && !OperatingSystem.IsWindows())
            await RunAsync("chown", "-R", $"{user}:{group}", folder);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts what was stopped: the same mailbox on the same port.</summary>
    public async Task StartAgainAsync()
    {
        var configuration = Path.Combine(_folder, "dovecot.conf");
        var start = IsRoot
            ? new ProcessStartInfo(
                "setpriv",
                ["--reuid=nobody", $"--regid={await RunAsync("id", "-g", "nobody")}", "--clear-groups", Program, "-F", "-c", configuration])
            : new ProcessStartInfo(Program, ["-F", "-c", configuration]);
        _process = Process.Start(start)!;
        for (var until = DateTime.UtcNow + Patience; ; await Task.Delay(10))
        {
            try
            {
                using var knock = new TcpClient();
                await knock.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (DateTime.UtcNow < until)
            {
                // Not there yet.
            }
        }
    }

    public async Task StopAsync()
    {
        // TERM, so that the processes below it end too.
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Puts a mail into the mailbox, as a mail server does.</summary>
    public void Deliver(string mail) => Deliver(Encoding.UTF8.GetBytes(mail.ReplaceLineEndings("\r\n")));

    /// <summary>The same for a mail that is not UTF-8.</summary>
    public void Deliver(byte[] mail)
    {
        var name = $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}.{Interlocked.Increment(ref _count):0000}.test";
        var temporary = Path.Combine(Inbox, "tmp", name);
        File.WriteAllBytes(temporary, mail);
        if (IsRoot && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        File.Move(temporary, Path.Combine(Inbox, "new", name));
    }

    /// <summary>The mailbox gets other numbers for all its mails, as after a move to another server.</summary>
    public void Renumber()
    {
        foreach (var file in Directory.GetFiles(Inbox, "dovecot*"))
            File.Delete(file);
    }

    /// <summary>How many mails are marked as seen.</summary>
    public int CountSeen() =>
        Directory.GetFiles(Path.Combine(Inbox, "cur")).Count(file => file[file.LastIndexOf(':')..].Contains('S', StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Configuration(string folder, int port, string user, string group, string ids, bool idle) =>
        $$"""
        base_dir = {{folder}}/run
        state_dir = {{folder}}/state
        log_path = {{folder}}/log
        protocols = imap
        listen = 127.0.0.1
        ssl = no
        disable_plaintext_auth = no
        auth_mechanisms = plain
        default_internal_user = {{user}}
        default_internal_group = {{group}}
        default_login_user = {{user}}
        first_valid_uid = 1
        imap_capability = {{(idle ? "" : "IMAP4rev1 SASL-IR LITERAL+ UIDPLUS")}}
        mail_location = maildir:~/Maildir
        mailbox_list_index = no
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = {{ids}} home={{folder}}/home
        }
        service anvil {
          chroot =
        }
        service imap-login {
          chroot =
          inet_listener imap {
            port = {{port}}
          }
          inet_listener imaps {
            port = 0
          }
        }
        """;

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said.Trim() : throw new InvalidOperationException($"{program} failed.");
    }
}
