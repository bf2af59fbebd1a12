using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using LeanChat.Configuration;

namespace LeanChat.Proof;

/// <summary>A mail server (RFC 5321, STARTTLS by RFC 3207) that says at which step of a conversation it is, before it answers.</summary>
internal sealed class Post : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();

    private readonly bool _stripped;

    /// <param name="name">Whom its certificate is for; null: it has none and speaks in the clear.</param>
    /// <param name="stripped">Somebody on the way has taken the offer of STARTTLS out of its words.</param>
    public Post(string? name = null, bool stripped = false)
    {
        _stripped = stripped;
        Certificate = name is null ? null : MakeCertificate(name);
        _listener.Start();
        _ = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Its own, signed by itself; null: it speaks in the clear only.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Called at each step: CONNECT, EHLO, MAIL, RCPT, DATA, END (all is here, not yet accepted), SENT (accepted),
    /// QUIT. False hangs up.</summary>
    public Func<string, bool> At { get; set; } = static _ => true;

    /// <summary>What was accepted: for whom, under which Message-ID, whether the line was secured.</summary>
    public ConcurrentQueue<(string To, string Id, bool Secured)> Letters { get; } = new();

    /// <summary>The settings that send letters here at once.</summary>
    public string[] Settings =>
    [
        "Mail:Smtp:Host=localhost", $"Mail:Smtp:Port={Port}", $"Mail:Smtp:Security={(Certificate is null ? "none" : "starttls")}",
        "Mail:From=support@shop.example", "Mail:Delay=00:00:00.2",
    ];

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = ConverseAsync(await _listener.AcceptTcpClientAsync(_ended.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The trial is over.
        }
    }

    private async Task ConverseAsync(TcpClient client)
    {
        using var line = client;
        Stream stream = client.GetStream();
        var (to, secured) = ("", false);
        try
        {
            var reader = new StreamReader(stream);
            if (!At("CONNECT"))
                return;
            await SayAsync("220 post ESMTP");
            while (await reader.ReadLineAsync(_ended.Token) is { } command)
            {
                var verb = command.Split(' ')[0].ToUpperInvariant();
                if (!At(verb))
                    return;
                switch (verb)
                {
                    case "EHLO":
                        await SayAsync(
                            Certificate is null || secured || _stripped ? "250-post\r\n250 8BITMIME" : "250-post\r\n250 STARTTLS");
                        break;
                    case "STARTTLS":
                        await SayAsync("220 go ahead");
                        var safe = new SslStream(stream);
                        await safe.AuthenticateAsServerAsync(Certificate!);
                        (stream, reader, secured) = (safe, new StreamReader(safe), true);
                        break;
                    case "RCPT":
                        to = command[(command.IndexOf('<', StringComparison.Ordinal) + 1)..command.IndexOf('>', StringComparison.Ordinal)];
                        await SayAsync("250 OK");
                        break;
                    case "DATA":
                        await SayAsync("354 go ahead");
                        var id = "";
                        while (await reader.ReadLineAsync(_ended.Token) is { } text && text != ".")
                            id = text.StartsWith("Message-I", StringComparison.OrdinalIgnoreCase) ? text.Split(' ')[1] : id;
                        Letters.Enqueue((to, id, secured));
                        if (!At("END"))
                            return;
                        await SayAsync("250 queued");
                        if (!At("SENT"))
                            return;
                        break;
                    default:
                        await SayAsync("250 OK");
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The other side hung up, or does not trust us.
        }

        Task SayAsync(string words) => stream.WriteAsync(Encoding.ASCII.GetBytes(words + "\r\n"), _ended.Token).AsTask();
    }

    private static X509Certificate2 MakeCertificate(string name)
    {
        // A subject of its own: of two by the same name only one would be found among the trusted.
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN=Post {Guid.NewGuid()}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Dispose();
        Certificate?.Dispose();
        _ended.Dispose();
    }
}
