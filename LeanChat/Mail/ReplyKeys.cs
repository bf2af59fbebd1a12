using System.Security.Cryptography;
using System.Text;
using LeanChat.Configuration;

namespace LeanChat.Mail;

/// <summary>
/// The unguessable key of one letter: 26 lower-case letters and digits, 130 bits. It is in the letter's Message-ID, once more in its
/// References (some servers replace the Message-ID), and behind the `+` of its Reply-To; answers carry it back.
/// </summary>
internal sealed class ReplyKeys(CurrentSettings settings)
{
    private byte[]? _secret;

    /// <summary>The key of a letter: the same at every try.</summary>
    public async Task<string> OfAsync(string letterId)
    {
        _secret ??= Convert.FromHexString(await settings.SecretAsync("ReplyKeys"));
        return ReplyKey.Encode(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(letterId)));
    }
}
