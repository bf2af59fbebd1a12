using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LeanChat.Push;

/// <summary>Encrypts a push message for one device (RFC 8291, in one record of RFC 8188's aes128gcm).</summary>
internal static class PushEncryption
{
    /// <summary>The longest text that fits into the 4,096 bytes that every push service takes.</summary>
    public const int MaxTextBytes = RecordBytes - HeaderBytes - TagBytes - 1;

    /// <summary>A device's public key: an uncompressed point of P-256.</summary>
    public const int KeyBytes = 65;

    /// <summary>A device's secret (`auth`).</summary>
    public const int SecretBytes = 16;

    private const int RecordBytes = 4096;
    private const int SaltBytes = 16;
    private const int TagBytes = 16;
    private const int HeaderBytes = SaltBytes + 4 + 1 + KeyBytes;
    private const int PaddingBlock = 1024;
    private const byte Uncompressed = 4;
    private const byte LastRecord = 2;

    /// <summary>The body of the request to the push service. Padded, so that its length does not tell the text's.</summary>
    public static byte[] Encrypt(ReadOnlySpan<byte> text, byte[] deviceKey, byte[] secret)
    {
        using var sender = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var blocks = (text.Length + PaddingBlock) / PaddingBlock;
        return Encrypt(
            text, deviceKey, secret, sender, RandomNumberGenerator.GetBytes(SaltBytes), Math.Min(blocks * PaddingBlock, MaxTextBytes + 1));
    }

    /// <summary>The same with a given sender's key, salt and padded length (at least one byte more than the text).</summary>
    internal static byte[] Encrypt(
        ReadOnlySpan<byte> text, byte[] deviceKey, byte[] secret, ECDiffieHellman sender, byte[] salt, int paddedLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, MaxTextBytes);
        var senderKey = Export(sender);
        using var device = Import(deviceKey);
        using var devicePublic = device.PublicKey;
        var shared = sender.DeriveRawSecretAgreement(devicePublic);
        var input = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, secret, [.. "WebPush: info\0"u8, .. deviceKey, .. senderKey]);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, input, 16, salt, "Content-Encoding: aes128gcm\0"u8.ToArray());
        var nonce = HKDF.DeriveKey(HashAlgorithmName.SHA256, input, 12, salt, "Content-Encoding: nonce\0"u8.ToArray());

        var padded = new byte[paddedLength];
        text.CopyTo(padded);
        padded[text.Length] = LastRecord;
        var body = new byte[HeaderBytes + padded.Length + TagBytes];
        salt.CopyTo(body, 0);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(SaltBytes), RecordBytes);
        body[SaltBytes + 4] = KeyBytes;
        senderKey.CopyTo(body, SaltBytes + 5);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, padded, body.AsSpan(HeaderBytes, padded.Length), body.AsSpan(HeaderBytes + padded.Length));
        return body;
    }

    /// <summary>Whether these bytes are a public key: an uncompressed point that lies on the curve.</summary>
    public static bool IsKey(byte[] key)
    {
        if (key.Length != KeyBytes || key[0] != Uncompressed)
            return false;
        try
        {
            using var imported = Import(key);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>A public key as an uncompressed point (SEC 1, §2.3.3).</summary>
    public static byte[] Export(ECAlgorithm key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [Uncompressed, .. point.X!, .. point.Y!];
    }

    private static ECDiffieHellman Import(byte[] key) => ECDiffieHellman.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = key[1..33], Y = key[33..] },
    });
}
