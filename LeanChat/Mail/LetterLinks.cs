using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using LeanChat.Configuration;
using LeanChat.Web;

namespace LeanChat.Mail;

/// <summary>The links in letters. Keys are in the fragment, which browsers do not send to servers.</summary>
internal sealed partial class LetterLinks(CurrentSettings settings, Origins origins)
{
    private byte[]? _secret;

    /// <summary>The chat: on the website with the widget (`SiteUrl`), else on our own page.</summary>
    public Uri ToChat(string key) => settings.Value["SiteUrl"] is { Length: > 0 } site
        ? new Uri($"{site}#leanchat={key}")
        : new Uri($"{Base}/chat#key={key}");

    /// <summary>The chat in the dashboard.</summary>
    public Uri ToDesk(string chatId) => new($"{Base}/admin#chat={chatId}");

    public Uri ToDashboard => new($"{Base}/admin");

    /// <summary>The page that sets a new password.</summary>
    public Uri ToReset(string token) => new($"{Base}/admin#reset={token}");

    /// <summary>The form that asks for such a link.</summary>
    public Uri ToForgot => new($"{Base}/admin#forgot");

    /// <summary>The page on which a colleague makes an account.</summary>
    public Uri ToInvite(string token) => new($"{Base}/admin#invite={token}");

    /// <summary>The link carries a proof that it came from a letter of ours; the letter's id alone is none.</summary>
    public async Task<Uri> ToUnsubscribeAsync(string letterId) =>
        new($"{Base}/unsubscribe?letter={letterId}&proof={await ProofAsync(letterId)}");

    public async Task<bool> IsProofAsync(string letterId, string proof) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(await ProofAsync(letterId)), Encoding.UTF8.GetBytes(proof));

    /// <summary>
    /// The text with `…` in place of the secrets in our links. Links are recognized by their form, because the server's address may have
    /// changed since the letter was sent, and mail programs wrap links in their own.
    /// </summary>
    public static string WithoutSecrets(string text) => Secrets().Replace(text, "…");

    private string Base => origins.PublicBase(null);

    private async Task<string> ProofAsync(string letterId)
    {
        _secret ??= Convert.FromHexString(await settings.SecretAsync("Unsubscribe"));
        return Base64Url.EncodeToString(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(letterId)).AsSpan(0, 16));
    }

    [GeneratedRegex(
        @"(?<=(?:(?:/|%2F)chat(?:#|%23)key|(?:#|%23)leanchat|(?:/|%2F)admin(?:#|%23)(?:reset|invite))(?:=|%3D))[A-Za-z0-9_-]{20,}"
        + @"|(?<=(?:/|%2F)unsubscribe(?:\?|%3F)letter(?:=|%3D)[A-Za-z0-9_-]{1,40}(?:&amp;|&|%26)proof(?:=|%3D))[A-Za-z0-9_-]{20,}",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secrets();
}
