using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LeanChat.Push;

/// <summary>The key pair by which push services know this server (VAPID, RFC 8292).</summary>
internal sealed class VapidKey : IDisposable
{
    private const string Header = """{"typ":"JWT","alg":"ES256"}""";

    private static readonly TimeSpan Life = TimeSpan.FromHours(12);

    private readonly ECDsa _key;

    private VapidKey(ECDsa key)
    {
        _key = key;
        PublicKey = Base64Url.EncodeToString(PushEncryption.Export(key));
    }

    /// <summary>The public key, as browsers want it for a subscription: base64url of an uncompressed point.</summary>
    public string PublicKey { get; }

    public static VapidKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads what <see cref="Export"/> wrote.</summary>
    public static VapidKey Import(string stored)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(stored), out _);
        return new VapidKey(key);
    }

    /// <summary>The private key as text (PKCS #8, base64).</summary>
    public string Export() => Convert.ToBase64String(_key.ExportPkcs8PrivateKey());

    /// <summary>The `Authorization` header of a request to an endpoint.</summary>
    /// <param name="subject">Who runs this server: an https or mailto address, or null.</param>
    public string Authorize(Uri endpoint, string? subject, DateTimeOffset now)
    {
        // The authority of Uri has the port only where it is not the scheme's own.
        var claims = new StringBuilder("{\"aud\":\"").Append(endpoint.Scheme).Append("://").Append(endpoint.Authority)
            .Append(CultureInfo.InvariantCulture, $"\",\"exp\":{(now + Life).ToUnixTimeSeconds()}");
        if (subject is not null)
            claims.Append(",\"sub\":\"").Append(JsonEncodedText.Encode(subject)).Append('"');
        claims.Append('}');
        var signed = Encode(Header) + "." + Encode(claims.ToString());
        var signature = _key.SignData(
            Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"vapid t={signed}.{Base64Url.EncodeToString(signature)}, k={PublicKey}";
    }

    /// <summary>A stable name for a chat that tells nothing about it: 22 characters, also fit for the header `Topic`.</summary>
    public string Tag(string chatId)
    {
        var secret = _key.ExportPkcs8PrivateKey();
        return Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(chatId)).AsSpan(0, 16));
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
