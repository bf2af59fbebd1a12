using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using LeanChat.Configuration;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Push;

/// <summary>Hands one message to the push service of a device (RFC 8030 §5).</summary>
internal sealed class PushSender(PushKeys keys, CurrentSettings settings, TimeProvider clock) : IDisposable
{
    private const int LongestWords = 200;

    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    private readonly HttpClient _http = OutwardHttp.Create(() => settings.Value.Flag("Push:AllowPrivate"));

    /// <summary>Sends a text. What goes wrong is in the result, not thrown, except a cancellation.</summary>
    public async Task<PushResult> SendAsync(PushDevice device, byte[] text, string topic, CancellationToken stopping)
    {
        if (OutwardHttp.Complaint(device.Endpoint, settings.Value.Flag("Push:AllowPrivate")) is { } complaint)
            return new PushResult(null, $"The push service's address {complaint}.");
        try
        {
            var endpoint = new Uri(device.Endpoint);
            var key = await keys.GetAsync();
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
            request.Content = new ByteArrayContent(
                PushEncryption.Encrypt(text, Base64Url.DecodeFromChars(device.P256dh), Base64Url.DecodeFromChars(device.Auth)));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            request.Content.Headers.ContentEncoding.Add("aes128gcm");
            request.Headers.TryAddWithoutValidation("Authorization", key.Authorize(endpoint, Subject(), clock.GetUtcNow()));
            request.Headers.Add("TTL", TimeToLive.TotalSeconds.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("Urgency", "high");
            request.Headers.Add("Topic", topic);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping);
            var status = (int)answer.StatusCode;
            var words = answer.IsSuccessStatusCode ? "" : await ReadAsync(answer, stopping);
            return new PushResult(status, words, RetryAfter(answer));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException
            && !stopping.IsCancellationRequested)
        {
            var reason = OutwardHttp.Reason(e);
            return new PushResult(null, Excerpt.Of("The push service was not told. " + reason, LongestWords));
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken stopping)
    {
        var words = Blank.Trim(await OutwardHttp.ReadAsync(answer, stopping)) ?? answer.ReasonPhrase ?? "";
        return Excerpt.Of($"{(int)answer.StatusCode} {words}", LongestWords);
    }

    /// <summary>Whom a push service may turn to: never an admin's own address.</summary>
    private string? Subject()
    {
        var now = settings.Value;
        return now.PublicUrl.StartsWith("https://", StringComparison.Ordinal) ? now.PublicUrl
            : now.Sender is { } sender ? "mailto:" + sender.Address.Wire
            : null;
    }

    private TimeSpan? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter?.Delta ?? answer.Headers.RetryAfter?.Date - clock.GetUtcNow();
}

/// <summary>How a push service answered.</summary>
/// <param name="Status">Its HTTP status; null when it could not be asked.</param>
/// <param name="Message">Its words, empty when it took the message.</param>
/// <param name="RetryAfter">When it wants to be asked again.</param>
internal sealed record PushResult(int? Status, string Message, TimeSpan? RetryAfter = null)
{
    public bool IsTaken => Status is >= 200 and < 300;

    /// <summary>The device is not subscribed any more.</summary>
    public bool IsGone => Status is 404 or 410;

    /// <summary>Later it may be taken.</summary>
    public bool MayRetry => Status is null or 429 or >= 500;
}
