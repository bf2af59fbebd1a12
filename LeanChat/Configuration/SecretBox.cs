using System.Security.Cryptography;
using System.Text;
using LeanChat.Text;

namespace LeanChat.Configuration;

/// <summary>
/// Keeps secrets out of the database in clear: AES-256-GCM under a key in a file beside it, which only the user that runs the
/// server may read. A copy of the database alone tells nothing; whoever has both has everything.
/// </summary>
internal sealed class SecretBox(string path)
{
    private const string Mark = "sealed:";
    private const int KeyLength = 32;
    private const int Nonce = 12;
    private const int Tag = 16;

    /// <summary>The text as it may be kept under a name; no other name opens it.</summary>
    public string Close(string name, string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var closed = new byte[Nonce + Tag + plain.Length];
        RandomNumberGenerator.Fill(closed.AsSpan(0, Nonce));
        using var aes = new AesGcm(Find() ?? Make(), Tag);
        aes.Encrypt(closed.AsSpan(0, Nonce), plain, closed.AsSpan(Nonce + Tag), closed.AsSpan(Nonce, Tag), Encoding.UTF8.GetBytes(name));
        return Mark + Convert.ToBase64String(closed);
    }

    /// <summary>The text again; null where the key is gone, another one, or the value is none of ours.</summary>
    public string? TryOpen(string name, string kept)
    {
        var closed = new byte[kept.Length];
        if (!kept.StartsWith(Mark, StringComparison.Ordinal) || !Convert.TryFromBase64String(kept[Mark.Length..], closed, out var length)
            || length < Nonce + Tag || Find() is not { } key)
            return null;
        var plain = new byte[length - Nonce - Tag];
        try
        {
            using var aes = new AesGcm(key, Tag);
            aes.Decrypt(closed.AsSpan(0, Nonce), closed.AsSpan(Nonce + Tag, plain.Length), closed.AsSpan(Nonce, Tag), plain, Encoding.UTF8.GetBytes(name));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            // Sealed with another key, or damaged: as good as not there.
            return null;
        }
    }

    private byte[]? Find() => File.Exists(path) && File.ReadAllBytes(path) is { Length: KeyLength } key ? key : null;

    /// <summary>A new key, whole and on disk before anything is sealed with it.</summary>
    private byte[] Make()
    {
        var key = RandomNumberGenerator.GetBytes(KeyLength);
        var unborn = path + ".new";
        File.Delete(unborn);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(unborn, options))
        {
            file.Write(key);
            file.Flush(flushToDisk: true);
        }

        File.Move(unborn, path, overwrite: true);
        return key;
    }
}
