using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using LeanChat.Configuration;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Hooks;

/// <summary>Sends one event to one webhook. The head of the answer is enough: its body is not read.</summary>
internal sealed class WebhookRequest(CurrentSettings settings, TimeProvider clock) : IDisposable
{
    private const int LongestWords = 200;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http = OutwardHttp.Create(() => settings.Value.Flag("Webhooks:AllowPrivate"));

    /// <summary>Sends a body. What goes wrong is in the result, not thrown, except a cancellation.</summary>
    public async Task<WebhookResult> SendAsync(Webhook hook, string id, string body, CancellationToken stopping)
    {
        if (OutwardHttp.Complaint(hook.Url, settings.Value.Flag("Webhooks:AllowPrivate")) is { } complaint)
            return new WebhookResult(null, $"Its address {complaint}.");
        var secrets = Secrets(hook);
        if (secrets.Count == 0)
            return new WebhookResult(null, "Its secret cannot be read any more, because leanchat.key is another one. Make a new secret.");
        try
        {
            var at = clock.GetUtcNow().ToUnixTimeSeconds();
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hook.Url));
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = Json;
            request.Headers.Add("User-Agent", "LeanChat");
            request.Headers.Add("webhook-id", id);
            request.Headers.Add("webhook-timestamp", at.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("webhook-signature", WebhookSignature.Of(secrets, id, at, body));
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping);
            var status = (int)answer.StatusCode;
            var words = $"It answered {status} {answer.ReasonPhrase}".Trim() + ".";
            return new WebhookResult(status, answer.IsSuccessStatusCode ? "" : Excerpt.Of(words, LongestWords));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException
            && !stopping.IsCancellationRequested)
        {
            return new WebhookResult(null, Excerpt.Of(OutwardHttp.Reason(e), LongestWords));
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The secrets that are good now, the newest first; none if the key file is gone.</summary>
    private List<string> Secrets(Webhook hook)
    {
        var old = hook.OldUntil is { } until && UtcText.Parse(until) > clock.GetUtcNow() ? hook.OldSecret : null;
        return [.. new[] { hook.Secret, old }.OfType<string>().Select(each => settings.TryUnseal(SealOf(hook.Id), each)).OfType<string>()];
    }

    /// <summary>The name under which the secrets of a webhook are sealed.</summary>
    public static string SealOf(string hookId) => "Webhook:" + hookId;
}

/// <summary>How a webhook answered.</summary>
/// <param name="Status">The HTTP status; null: there was no answer.</param>
/// <param name="Message">What went wrong, as a sentence; empty when the event was taken.</param>
internal sealed record WebhookResult(int? Status, string Message)
{
    public bool IsTaken => Status is >= 200 and < 300;

    /// <summary>It wants nothing any more.</summary>
    public bool IsGone => Status == StatusCodes.Status410Gone;
}
