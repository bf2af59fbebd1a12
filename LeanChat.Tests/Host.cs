using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>The website's own application, which knows its users and signs who they are (JWT by hand, RFC 7515 §3.1).</summary>
internal static class Host
{
    /// <summary>Long enough for any hash: a forgery shall not fail for the length of the key.</summary>
    public const string Secret = "the shop's own secret, long enough that any of the hashes in use would take it as its key";

    public static JsonObject Claims(TimeProvider clock, string subject, string? email = null, string? name = null)
    {
        var claims = new JsonObject { ["sub"] = subject, ["exp"] = Seconds(clock, TimeSpan.FromHours(1)) };
        if (email is not null)
            claims["email"] = email;
        if (name is not null)
            claims["name"] = name;
        return claims;
    }

    public static long Seconds(TimeProvider clock, TimeSpan ahead) => (clock.GetUtcNow() + ahead).ToUnixTimeSeconds();

    public static string Sign(
        JsonObject claims, string header = """{"alg":"HS256","typ":"JWT"}""", string secret = Secret,
        Func<byte[], byte[], byte[]>? hash = null) =>
        SignText(claims.ToJsonString(), header, secret, hash);

    public static string SignText(
        string claims, string header = """{"alg":"HS256","typ":"JWT"}""", string secret = Secret, Func<byte[], byte[], byte[]>? hash = null)
    {
        var text = $"{Encode(header)}.{Encode(claims)}";
        var signature = (hash ?? HMACSHA256.HashData)(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text));
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    public static string Signature(string text, string secret = Secret) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text)));

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
