using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>A real proxy on a port of its own, over TLS, configured by the examples in deploy/.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    public const string Caddy = "/usr/bin/caddy";
    public const string Nginx = "/usr/sbin/nginx";

    private readonly Process _process;
    private readonly string _folder;

    private RunningProxy(Process process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public int Port { get; }

    /// <summary>Starts <paramref name="program"/> before a server: at the root of its host, or <paramref name="below"/>
    /// `/chat` with another site around it.</summary>
    /// <param name="edit">What the operator changes in the example.</param>
    public static async Task<RunningProxy> StartAsync(
        string program, Uri server, bool below = false, Func<string, string>? edit = null, int? port = null)
    {
        var folder = Directory.CreateTempSubdirectory("leanchat-proxy-").FullName;
        var free = port ?? Ports.Free();
        var start = program == Caddy
            ? ConfigureCaddy(folder, free, server, below, edit ?? (site => site))
            : ConfigureNginx(folder, free, server, below, edit ?? (site => site));
        start.RedirectStandardError = true;
        var proxy = new RunningProxy(Process.Start(start)!, folder, free);
        try
        {
            await proxy.ListeningAsync();
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>A line to the proxy, whatever the host, from an address of its own: all of 127.0.0.0/8 is this machine.</summary>
    public SocketsHttpHandler From(string address) => new()
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        // Nobody vouches for a certificate that was made a moment ago.
        SslOptions =
            new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        ConnectCallback = async (_, stopping) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), stopping);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static ProcessStartInfo ConfigureCaddy(string folder, int port, Uri server, bool below, Func<string, string> edit)
    {
        var example = Example("Caddyfile");
        var site = edit(below ? Uncommented(example[example.IndexOf("#shop.example", StringComparison.Ordinal)..]) : example)
            .Replace(
                below ? "shop.example {" : "chat.example.com {",
                $"https://localhost:{port}, https://shop.example:{port}, "
                + $"https://chat.example.com:{port} {{\n\tbind 127.0.0.1\n\ttls internal",
                StringComparison.Ordinal)
            .Replace("localhost:5080", $"127.0.0.1:{server.Port}", StringComparison.Ordinal);
        var file = Path.Combine(folder, "Caddyfile");
        File.WriteAllText(
            file,
            $"{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tstorage file_system {folder}/storage\n}}\n{site}");
        return new ProcessStartInfo(Caddy, ["run", "--config", file, "--adapter", "caddyfile"])
        {
            Environment = { ["HOME"] = folder, ["XDG_DATA_HOME"] = folder, ["XDG_CONFIG_HOME"] = folder },
        };
    }

    private static ProcessStartInfo ConfigureNginx(string folder, int port, Uri server, bool below, Func<string, string> edit)
    {
        MakeCertificate(folder);
        var example = Example("nginx.conf");
        if (below)
            example = Uncommented(
                Regex.Replace(example, @"\tlocation / \{.*?\n\t\}", "\tlocation / { return 200 'The shop.'; }", RegexOptions.Singleline));
        var site = edit(example)
            .Replace("listen 80;", $"listen 127.0.0.1:{Ports.Free()};", StringComparison.Ordinal)
            .Replace("listen [::]:80;", "", StringComparison.Ordinal)
            .Replace("listen 443 ssl http2;", $"listen 127.0.0.1:{port} ssl http2;", StringComparison.Ordinal)
            .Replace("listen [::]:443 ssl http2;", "", StringComparison.Ordinal)
            .Replace("/etc/letsencrypt/live/chat.example.com", folder, StringComparison.Ordinal)
            .Replace("127.0.0.1:5080", $"127.0.0.1:{server.Port}", StringComparison.Ordinal);
        var file = Path.Combine(folder, "nginx.conf");
        var temporary = string.Concat(
            ((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(each => $"{each}_temp_path {folder}/{each};\n"));
        File.WriteAllText(
            file,
            $"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\n"
            + $"events {{}}\nhttp {{\naccess_log off;\n{temporary}{site}}}\n");
        return new ProcessStartInfo(Nginx, ["-p", folder, "-c", file, "-e", "stderr"]);
    }

    /// <summary>The other way to do it that an example shows.</summary>
    private static string Uncommented(string example) => Regex.Replace(example, @"^(\t?)#(?=\S|\t)", "$1", RegexOptions.Multiline);

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

    /// <summary>A proxy takes a moment to open its port and to make its certificate; there is no other sign of it than an answer.</summary>
    private async Task ListeningAsync()
    {
        var words = _process.StandardError.ReadToEndAsync();
        await Eventually.IsTrueAsync(async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException("The proxy did not start: " + await words);
            try
            {
                using var client = new HttpClient(From("127.0.0.1"));
                using var answer = await client.GetAsync(new Uri("https://localhost/chat/"));
                return answer.StatusCode is not HttpStatusCode.BadGateway;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }
}

/// <summary>Skipped by name where the proxy is not installed; with CI=true that is a failure instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProxyFactAttribute : FactAttribute
{
    public ProxyFactAttribute(string program)
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && !File.Exists(program))
            Skip = $"{program} is not installed here (apt-get install {Path.GetFileName(program)})";
    }
}

/// <summary>The same for several cases, and for both proxies.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProxyTheoryAttribute : TheoryAttribute
{
    public ProxyTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true"
            && ((string[])[RunningProxy.Caddy, RunningProxy.Nginx]).FirstOrDefault(program => !File.Exists(program)) is { } missing)
            Skip = $"{missing} is not installed here (apt-get install {Path.GetFileName(missing)})";
    }
}
