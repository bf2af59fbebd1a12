using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using LeanChat.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace LeanChat.People;

/// <summary>Who a host application says the user is.</summary>
/// <param name="Subject">The host's own id of the user: the same on every device.</param>
internal sealed record Identity(string Subject, string? Email, string? Name)
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    /// <summary>How far the host's clock and ours may differ.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Reads a signed token (JWT, RFC 7519; HS256 only, `exp` required and at most 24 h ahead). Null for anything else.
    /// </summary>
    public static async Task<Identity?> VerifyAsync(string token, string secret, DateTimeOffset now)
    {
        if (!IsStrict(token))
            return null;
        var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)),
            TryAllIssuerSigningKeys = true,
            ValidateIssuer = false,
            ValidateAudience = false,
            RequireSignedTokens = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
                expires is { } end && end > now.UtcDateTime && end <= (now + LongestLife + Skew).UtcDateTime
                && (notBefore is not { } start || start <= (now + Skew).UtcDateTime),
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt || Claim(jwt, "sub") is not { Length: > 0 and <= 255 } subject)
            return null;
        var email = Claim(jwt, "email");
        return new Identity(subject, EmailAddress.TryParse(email)?.Typed, Trim(Claim(jwt, "name")));
    }

    /// <summary>False for a duplicate key in header or claims, and for a critical extension (`crit`, RFC 7515 §4.1.11).</summary>
    private static bool IsStrict(string token)
    {
        try
        {
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
            if (token.Split('.') is not [var head, var claims, _])
                return false;
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(head), strict);
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(claims), strict);
            return header.RootElement.ValueKind == JsonValueKind.Object && !header.RootElement.TryGetProperty("crit", out _);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // Not a JWT.
            return false;
        }
    }

    /// <summary>
    /// A name as it is stored: trimmed, without control characters, at most 100 characters; null if nothing visible is left.
    /// </summary>
    public static string? Trim(string? name)
    {
        var stored = new string([.. (name ?? "").Where(c => !char.IsControl(c))]).Trim();
        if (stored.Length > 100)
            stored = stored[..(char.IsHighSurrogate(stored[99]) ? 99 : 100)];
        return Blank.Is(stored) ? null : stored;
    }

    private static string? Claim(JsonWebToken jwt, string name) => jwt.TryGetPayloadValue<string>(name, out var value) ? value : null;
}
