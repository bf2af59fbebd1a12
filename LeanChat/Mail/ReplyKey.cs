using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace LeanChat.Mail;

/// <summary>The written form of a key.</summary>
internal static partial class ReplyKey
{
    private const int Length = 26;
    private const string Digits = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>The Message-ID of the letter with this key, without brackets.</summary>
    public static string MessageId(string key, string host) => $"{key}@{host}";

    /// <summary>The second id, for References.</summary>
    public static string SecondId(string key, string host) => $"r.{key}@{host}";

    /// <summary>The address with the key behind a `+`.</summary>
    public static string Address(string key, string address) => address.Insert(address.LastIndexOf('@'), "+" + key);

    /// <summary>The key in an id of ours; null for any other id.</summary>
    public static string? In(string id) => Id().Match(id) is { Success: true } match ? match.Groups[1].Value.ToLowerInvariant() : null;

    /// <summary>The key in an address; null for any other address.</summary>
    public static string? InAddress(string address) =>
        Part().Match(address) is { Success: true } match ? match.Groups[1].Value.ToLowerInvariant() : null;

    /// <summary>What is stored of a key.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Five bits a character.</summary>
    public static string Encode(ReadOnlySpan<byte> random)
    {
        var key = new char[Length];
        for (var at = 0; at < Length; at++)
        {
            var bit = at * 5;
            var pair = (random[bit / 8] << 8) | random[(bit / 8) + 1];
            key[at] = Digits[(pair >> (11 - (bit % 8))) & 31];
        }

        return new string(key);
    }

    [GeneratedRegex("^(?:r\\.)?([a-z2-7]{26})@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex("\\+([a-z2-7]{26})@[^@]+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}
