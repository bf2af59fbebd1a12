using System.Security.Cryptography;
using System.Text;
using LeanChat.Text;

namespace LeanChat.Configuration;

/// <summary>
/// Seals the secrets in the database: AES-256-GCM with a key in a file beside it, which only the user that runs the server may read.
/// A copy of the database alone does not reveal the secrets; with the key file it does.
/// </summary>
internal sealed class SecretBox(string path)
{
    private const string Mark = "sealed:";
    private const int KeyLength = 32;
    private const int Nonce = 12;
    private const int Tag = 16;

    /// <summary>Seals a text under a name; it opens under this name only.</summary>
    public string Close(string name, string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedBytes = new byte[Nonce + Tag + plain.Length];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, Nonce));
        using var aes = new AesGcm(Find() ?? Make(), Tag);
        aes.Encrypt(
            sealedBytes.AsSpan(0, Nonce), plain, sealedBytes.AsSpan(Nonce + Tag), sealedBytes.AsSpan(Nonce, Tag),
            Encoding.UTF8.GetBytes(name));
        return Mark + Convert.ToBase64String(sealedBytes);
    }

    /// <summary>Opens a sealed text; null when the key is missing or another one, or the value was not sealed.</summary>
    public string? TryOpen(string name, string stored)
    {
        var sealedBytes = new byte[stored.Length];
        if (!stored.StartsWith(Mark, StringComparison.Ordinal)
            || !Convert.TryFromBase64String(stored[Mark.Length..], sealedBytes, out var length)
            || length < Nonce + Tag || Find() is not { } key)
            return null;
        var plain = new byte[length - Nonce - Tag];
        try
        {
            using var aes = new AesGcm(key, Tag);
            aes.Decrypt(
                sealedBytes.AsSpan(0, Nonce), sealedBytes.AsSpan(Nonce + Tag, plain.Length), sealedBytes.AsSpan(Nonce, Tag), plain,
                Encoding.UTF8.GetBytes(name));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            // Sealed with another key, or damaged: counts as not set.
            return null;
        }
    }

    private byte[]? Find() => File.Exists(path) && File.ReadAllBytes(path) is { Length: KeyLength } key ? key : null;

    /// <summary>A new key, completely on disk before anything is sealed with it.</summary>
    private byte[] Make()
    {
        var key = RandomNumberGenerator.GetBytes(KeyLength);
        var temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(key);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return key;
    }
}
