using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LeanChat.Tests;

/// <summary>Behind the proxies that people have, configured by the examples in deploy/: real ones, over TLS.</summary>
public sealed class ProxySpecs
{
    [ProxyFact("/usr/bin/caddy")]
    public Task All_goes_through_Caddy() => ThroughAsync((folder, port, server) =>
    {
        var site = Example("Caddyfile")
            .Replace("chat.example.com {", $"https://localhost:{port} {{\n\tbind 127.0.0.1\n\ttls internal", StringComparison.Ordinal)
            .Replace("localhost:5080", $"127.0.0.1:{server.Port}", StringComparison.Ordinal);
        var file = Path.Combine(folder, "Caddyfile");
        File.WriteAllText(file, $"{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tstorage file_system {folder}/storage\n}}\n{site}");
        return new ProcessStartInfo("/usr/bin/caddy", ["run", "--config", file, "--adapter", "caddyfile"]) { Environment = { ["HOME"] = folder, ["XDG_DATA_HOME"] = folder, ["XDG_CONFIG_HOME"] = folder } };
    });

    [ProxyFact("/usr/sbin/nginx")]
    public Task All_goes_through_nginx() => ThroughAsync((folder, port, server) =>
    {
        MakeCertificate(folder);
        var site = Example("nginx.conf")
            .Replace("listen 80;", $"listen 127.0.0.1:{FreePort()};", StringComparison.Ordinal)
            .Replace("listen [::]:80;", "", StringComparison.Ordinal)
            .Replace("listen 443 ssl http2;", $"listen 127.0.0.1:{port} ssl http2;", StringComparison.Ordinal)
            .Replace("listen [::]:443 ssl http2;", "", StringComparison.Ordinal)
            .Replace("/etc/letsencrypt/live/chat.example.com", folder, StringComparison.Ordinal)
            .Replace("127.0.0.1:5080", $"127.0.0.1:{server.Port}", StringComparison.Ordinal);
        var file = Path.Combine(folder, "nginx.conf");
        var temporary = string.Concat(((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(each => $"{each}_temp_path {folder}/{each};\n"));
        File.WriteAllText(file, $"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{site}}}\n");
        return new ProcessStartInfo("/usr/sbin/nginx", ["-p", folder, "-c", file, "-e", "stderr"]);
    });

    private static async Task ThroughAsync(Func<string, int, Uri, ProcessStartInfo> configure)
    {
        await using var server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=3");
        var folder = Directory.CreateTempSubdirectory("leanchat-proxy-").FullName;
        var port = FreePort();
        var start = configure(folder, port, server.Address);
        start.RedirectStandardError = true;
        using var proxy = Process.Start(start)!;
        var words = proxy.StandardError.ReadToEndAsync();
        try
        {
            var outside = new Uri($"https://localhost:{port}");
            using var line = From("127.0.0.1");
            using var client = new HttpClient(line, disposeHandler: false) { BaseAddress = outside };
            await ListeningAsync(port, proxy, words);

            await TalkAsync(server, client, outside);
            await CountAsync(outside);
        }
        finally
        {
            proxy.Kill(entireProcessTree: true);
            await proxy.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The owner signs in on https, a visitor writes over the WebSocket, both hear each other.</summary>
    private static async Task TalkAsync(LeanChatServer server, HttpClient client, Uri outside)
    {
        var origin = outside.GetLeftPart(UriPartial.Authority);
        using var setup = new HttpRequestMessage(HttpMethod.Post, "/admin/setup") { Content = Wire.Body(new { token = server.SetupToken, email = "mia@example.com", password = Admin.Password, name = "Mia" }) };
        setup.Headers.Add("Origin", origin);
        var signedIn = await (await client.SendAsync(setup)).ReplyAsync();
        signedIn.Status.Should().Be(201, signedIn.Text);
        var cookie = signedIn.Cookie("__Host-leanchat_admin");
        cookie.Should().NotBeNull("the proxy says that the line is secure");

        var chat = (await (await client.GetAsync(new Uri("/support_chat", UriKind.Relative))).ReplyAsync()).Json!;
        var sockets = new Uri(origin.Replace("https", "wss", StringComparison.Ordinal));
        using var line = new HttpMessageInvoker(From("127.0.0.1"));
        await using var board = await Conversation.OpenAsync(new Uri(sockets, "/ws/admin"), line, ("Origin", origin), ("Cookie", "__Host-leanchat_admin=" + cookie));
        await board.HearAsync("ready");
        await using var visitor = await Conversation.OpenAsync(new Uri(sockets, "/ws/chat"), line, ("Origin", Visitor.Website));
        await visitor.SayAsync(new { action = "auth", token = (string)chat["token"]! });
        await visitor.HearAsync("ready");
        var longest = new string('ü', 5000);
        await visitor.SayAsync(new { action = "send_message", content = longest, client_id = "c1" });

        ((string)(await visitor.HearAsync("new_message"))["message"]!["content"]!).Should().Be(longest);
        ((string)(await board.HearAsync("new_user_message"))["message"]!["content"]!).Should().Be(longest);
    }

    /// <summary>Limits count by the address that the proxy saw, whatever the visitor claims.</summary>
    private static async Task CountAsync(Uri outside)
    {
        for (var each = 1; each <= 5; each++)
            (await ArriveAsync(outside, "127.0.0.2", $"203.0.113.{each}")).Should().Be(each <= 3 ? 200 : 429, "visitor {0}", each);
        (await ArriveAsync(outside, "127.0.0.3", "203.0.113.1")).Should().Be(200, "somebody else is not held up");
    }

    private static async Task<int> ArriveAsync(Uri outside, string from, string claimed)
    {
        using var client = new HttpClient(From(from)) { BaseAddress = outside };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/support_chat");
        request.Headers.Add("X-Forwarded-For", claimed);
        request.Headers.Add("X-Real-IP", claimed);
        request.Headers.Add("Forwarded", $"for={claimed}");
        return (int)(await client.SendAsync(request)).StatusCode;
    }

    /// <summary>A line from an address of its own: all of 127.0.0.0/8 is this machine.</summary>
    private static SocketsHttpHandler From(string address) => new()
    {
        UseCookies = false,
        // Nobody vouches for a certificate that was made a moment ago.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        ConnectCallback = async (context, stopping) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), stopping);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    private static void MakeCertificate(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "fullchain.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "privkey.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private static string Example(string name, [System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "deploy", name));

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>A proxy takes a moment to open its port and to make its certificate; there is no other sign of it than an answer.</summary>
    private static async Task ListeningAsync(int port, Process proxy, Task<string> words)
    {
        for (var tries = 0; ; tries++)
        {
            if (proxy.HasExited)
                throw new InvalidOperationException("The proxy did not start: " + await words);
            try
            {
                using var client = new HttpClient(From("127.0.0.1"));
                using var answer = await client.GetAsync(new Uri($"https://localhost:{port}/healthz"));
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (tries < 200)
            {
                // Not yet.
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Skipped by name where the proxy is not installed; with CI=true that is a failure instead.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ProxyFactAttribute : FactAttribute
    {
        public ProxyFactAttribute(string program)
        {
            if (Environment.GetEnvironmentVariable("CI") != "true" && !File.Exists(program))
                Skip = $"{program} is not installed here (apt-get install {Path.GetFileName(program)})";
        }
    }
}
