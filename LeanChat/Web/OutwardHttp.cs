using System.Net;
using System.Net.Sockets;
using LeanChat.Text;

namespace LeanChat.Web;

/// <summary>
/// Requests to addresses that somebody else has chosen: never to this machine or its network, no redirects, no proxy of the environment.
/// </summary>
internal static class OutwardHttp
{
    /// <summary>An answer is read this far.</summary>
    public const int MaxAnswerBytes = 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <param name="allowPrivate">Whether private addresses are allowed now: the setting may change.</param>
    public static HttpClient Create(Func<bool> allowPrivate) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        // What is not read of an answer is read on for this long only, to use the connection again.
        MaxResponseDrainSize = 64 << 10,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectCallback = (context, cancel) => ConnectAsync(context.DnsEndPoint, allowPrivate(), cancel),
    })
    {
        Timeout = Limit,
    };

    /// <summary>What is wrong with an address as it is saved; null for a good one. A name is looked up only when it is used.</summary>
    public static string? Complaint(string? text, bool allowPrivate)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
            return "must be an https address";
        if (address.UserInfo.Length > 0)
            return "must not have a user name or password in it";
        if (allowPrivate)
            return null;
        if (address.Scheme != "https")
            return "must be an https address";
        return IsPrivate(address) || (Uri.TryCreate("https://" + Plain(address.Host), UriKind.Absolute, out var plain) && IsPrivate(plain))
            ? "must be an address of the public internet"
            : null;
    }

    /// <summary>
    /// Uri has read every spelling of an IPv4 address: 0x7f.1, 2130706433 and 127.0.0.1 are one. A dot at the end makes it no name.
    /// </summary>
    private static bool IsPrivate(Uri address) =>
        IPAddress.TryParse(address.IdnHost.TrimEnd('.'), out var literal) && !GlobalAddress.Is(literal);

    /// <summary>A host with digits, letters and dots of other kinds (full-width, circled, of other scripts) as plain ones.</summary>
    private static string Plain(string host) => string.Concat(host.Select(sign =>
        char.GetNumericValue(sign) is >= 0 and <= 9 and var digit && digit == Math.Floor(digit) ? (char)('0' + (int)digit)
        : sign is >= '\uFF21' and <= '\uFF5A' ? (char)(sign - 0xFEE0)
        : sign is '\u3002' or '\uFF0E' or '\uFF61' ? '.'
        : sign));

    /// <summary>
    /// Connects to one of the addresses that the name has now. Throws <see cref="HttpRequestException"/> if one of them is private.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, bool allowPrivate, CancellationToken cancel)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancel);
        if (!allowPrivate && !addresses.All(GlobalAddress.Is))
            throw new PrivateAddressException(target.Host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Why a request got no answer, as a sentence: neither the words of an exception nor bytes of whoever answered.</summary>
    public static string Reason(Exception e) => e switch
    {
        OperationCanceledException => "It did not answer within 10 seconds.",
        PrivateAddressException => e.Message,
        HttpRequestException { InnerException: PrivateAddressException inner } => inner.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "Its name could not be looked up.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "It has no certificate that we trust.",
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded
                or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.HttpProtocolError,
        } => "It did not answer in HTTP.",
        _ => "It could not be reached.",
    };

    /// <summary>The beginning of an answer as text.</summary>
    public static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var bytes = new byte[MaxAnswerBytes];
        await using var body = await answer.Content.ReadAsStreamAsync(cancel);
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, length);
    }
}

/// <summary>A name that leads to this machine or its network.</summary>
internal sealed class PrivateAddressException(string host) : HttpRequestException($"{host} is an address of a private network.");
