using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LeanChat.Push;

namespace LeanChat.Tests;

/// <summary>A browser's side of Web Push: its keys, and how it reads what it gets (RFC 8291 §3.4).</summary>
internal sealed class TestDevice : IDisposable
{
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    public byte[] PublicKey => PushEncryption.Export(_key);

    public byte[] Secret { get; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>As a browser's PushSubscription.</summary>
    public object Subscription(string endpoint, string name = "Phone") => new
    {
        endpoint,
        keys = new { p256dh = Base64Url.EncodeToString(PublicKey), auth = Base64Url.EncodeToString(Secret) },
        name,
    };

    public byte[] Decrypt(byte[] body)
    {
        var (salt, senderKey) = (body[..16], body[21..86]);
        using var sender = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = senderKey[1..33], Y = senderKey[33..] },
        });
        var shared = _key.DeriveRawSecretAgreement(sender.PublicKey);
        var input = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, shared, 32, Secret, [.. Encoding.ASCII.GetBytes("WebPush: info\0"), .. PublicKey, .. senderKey]);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, input, 16, salt, Encoding.ASCII.GetBytes("Content-Encoding: aes128gcm\0"));
        var nonce = HKDF.DeriveKey(HashAlgorithmName.SHA256, input, 12, salt, Encoding.ASCII.GetBytes("Content-Encoding: nonce\0"));
        var padded = new byte[body.Length - 86 - 16];
        using var aes = new AesGcm(key, 16);
        aes.Decrypt(nonce, body.AsSpan(86, padded.Length), body.AsSpan(86 + padded.Length), padded);
        return padded[..Array.FindLastIndex(padded, each => each != 0)];
    }

    public void Dispose() => _key.Dispose();
}
