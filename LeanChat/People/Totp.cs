using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LeanChat.People;

/// <summary>One-time codes of six digits that change every 30 seconds (RFC 6238, with HMAC-SHA-1, as all apps have it).</summary>
internal static class Totp
{
    /// <summary>The length of a key: 160 bits.</summary>
    public const int KeyLength = 20;

    private const int StepSeconds = 30;
    private const int Digits = 6;

    /// <summary>The number of the step at a time.</summary>
    public static long StepAt(DateTimeOffset time) => time.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>The code of a step.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "RFC 6238 has HMAC-SHA-1, and apps know nothing else.")]
    public static string CodeOf(byte[] key, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(key, counter, hash);
        // RFC 4226 §5.3: the last four bits say which 31 bits are taken.
        var number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0xF)..]) & int.MaxValue;
        return (number % 1_000_000).ToString(new string('0', Digits), CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// The step of a code: the present one, the one before or the one after, but later than the last used; null: it is wrong.
    /// </summary>
    public static long? StepOf(byte[] key, string code, DateTimeOffset now, long lastUsed)
    {
        var present = StepAt(now);
        for (var step = present - 1; step <= present + 1; step++)
        {
            if (step > lastUsed && CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(CodeOf(key, step)), Encoding.UTF8.GetBytes(code)))
                return step;
        }

        return null;
    }
}
