using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LeanChat.Hooks;

/// <summary>Secrets and signatures (Standard Webhooks, "Signature scheme", symmetric).</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";

    /// <summary>A new secret: `whsec_` and 32 random bytes, base64.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The header `webhook-signature`: one signature for each secret, separated by blanks.</summary>
    /// <param name="at">The seconds of the header `webhook-timestamp`.</param>
    public static string Of(IEnumerable<string> secrets, string id, long at, string body)
    {
        var signed = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at}.{body}"));
        return string.Join(' ', secrets.Select(secret =>
            "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[Prefix.Length..]), signed))));
    }
}
