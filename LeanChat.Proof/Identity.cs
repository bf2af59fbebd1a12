using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>A host application that signs who its users are (HS256).</summary>
internal static class Identity
{
    public static string Sign(string secret, string subject, string? email, string? name)
    {
        var claims = new JsonObject
        {
            ["sub"] = subject,
            ["exp"] = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds(),
            ["email"] = email,
            ["name"] = name,
        };
        var text = Encode("""{"alg":"HS256","typ":"JWT"}"""u8) + "." + Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        return text + "." + Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text)));
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
