using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using LeanChat.Configuration;

namespace LeanChat.Tests;

/// <summary>A mail server on a port of its own, which speaks SMTP (RFC 5321) and can be in any mood.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<Mail> _arrived = Channel.CreateUnbounded<Mail>();
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private readonly Task _serving;

    private MailServer(TcpListener listener)
    {
        _listener = listener;
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The settings that send mail here.</summary>
    public string[] Settings =>
    [
        "Mail:Smtp:Host=127.0.0.1", $"Mail:Smtp:Port={Port}", "Mail:Smtp:Security=none", "Mail:From=support@shop.example", "AppName=Shop",
    ];

    /// <summary>What it answers to a command (`CONNECT`, `MAIL`, `RCPT`, `DATA`, `END`); null: as usual; `hang` and `drop` do so.</summary>
    public Func<string, string?> Mood { get; set; } = _ => null;

    /// <summary>What it answers to a whole command line, as `RCPT TO:&lt;jo@example.org&gt;`; null: as its mood says.</summary>
    public Func<string, string?> Answers { get; set; } = _ => null;

    /// <summary>Every command so far.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Heard { get; } = new();

    public int Count { get; private set; }

    public static MailServer Start()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new MailServer(listener);
    }

    /// <summary>The next letter that was accepted.</summary>
    public async Task<Mail> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _arrived.Reader.ReadAsync(patience.Token);
    }

    /// <summary>Waits until a conversation has come to a step: `CONNECT`, `RCPT`, `END` …</summary>
    public async Task ReachedAsync(string step)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await _events.Reader.ReadAsync(patience.Token) != step)
        {
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = ConverseAsync(await _listener.AcceptTcpClientAsync(_ended.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The story is over.
        }
    }

    private async Task ConverseAsync(TcpClient client)
    {
        using var line = client;
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        try
        {
            var mail = new Mail("", [], "");
            var taking = false;
            string? scripted = null;
            if (!await AnswerAsync("CONNECT", "220 mail.shop.example ESMTP"))
                return;
            while (await reader.ReadLineAsync(_ended.Token) is { } command)
            {
                Heard.Enqueue(command);
                var verb = command.Split(' ')[0].ToUpperInvariant();
                scripted = Answers(command);
                var go = verb switch
                {
                    "EHLO" => await AnswerAsync("EHLO", "250-mail.shop.example\r\n250-8BITMIME\r\n250 SIZE 10000000"),
                    "MAIL" => await AnswerAsync("MAIL", "250 OK", () => mail = mail with { From = command }, scripted),
                    "RCPT" => await AnswerAsync("RCPT", "250 OK", () => mail = mail with
                    {
                        To =
                        [
                            .. mail.To,
                            command[(command.IndexOf('<', StringComparison.Ordinal) + 1)..command.IndexOf('>', StringComparison.Ordinal)],
                        ],
                    }, scripted),
                    "DATA" => await AnswerAsync("DATA", "354 go ahead", () => taking = true, scripted) && (!taking || await TakeAsync()),
                    "QUIT" => await AnswerAsync("QUIT", "221 bye"),
                    _ => await AnswerAsync(verb, "250 OK"),
                };
                if (!go)
                    return;
            }

            async Task<bool> TakeAsync()
            {
                taking = false;
                var text = new StringBuilder();
                while (await reader.ReadLineAsync(_ended.Token) is { } part && part != ".")
                    text.Append(part.StartsWith("..", StringComparison.Ordinal) ? part[1..] : part).Append("\r\n");
                return await AnswerAsync("END", "250 queued", () =>
                {
                    Count++;
                    _arrived.Writer.TryWrite(mail with { Source = text.ToString() });
                    mail = new Mail("", [], "");
                });
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The other side hung up, or the story is over.
        }

        async Task<bool> AnswerAsync(string step, string usual, Action? accepted = null, string? script = null)
        {
            var mood = script ?? Mood(step);
            _events.Writer.TryWrite(step);
            if (mood == "drop")
                return false;
            if (mood == "hang")
                await Task.Delay(Timeout.Infinite, _ended.Token);
            var answer = mood ?? usual;
            if (answer[0] is '2' or '3')
                accepted?.Invoke();
            await writer.WriteLineAsync(answer);
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _serving;
        _ended.Dispose();
    }
}

/// <summary>A letter as it arrived.</summary>
internal sealed record Mail(string From, IReadOnlyList<string> To, string Source)
{
    private MimeKit.MimeMessage Parsed => MimeKit.MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(Source)));

    public string Subject => Parsed.Subject ?? "";

    public string SenderName => Parsed.From.Mailboxes.Single().Name ?? "";

    public string Text => Parsed.TextBody ?? "";

    public string Html => Parsed.HtmlBody ?? "";

    public string? Header(string name) => Parsed.Headers[name];

    public int HeaderCount => Parsed.Headers.Count;

    /// <summary>The link that opens the chat.</summary>
    public Uri Link => new(Text.Split('\n').First(line => line.StartsWith("http", StringComparison.Ordinal)).Trim());
}
