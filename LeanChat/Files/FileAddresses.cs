using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LeanChat.Configuration;
using LeanChat.Storage;

namespace LeanChat.Files;

/// <summary>
/// The addresses of files. Whoever has an address may read the file until the address ends, so it is signed: with a key in the
/// database, which backups and restarts keep.
/// </summary>
internal sealed class FileAddresses
{
    /// <summary>
    /// Addresses end at midnight, this many days after the day of the answer: all answers of a day give one address, which browsers can
    /// keep, good for six to seven days.
    /// </summary>
    private const int Days = 7;

    private const int SignatureBytes = 16;

    private readonly byte[] _key;
    private readonly CurrentSettings _settings;
    private readonly TimeProvider _clock;

    public FileAddresses(Database database, CurrentSettings settings, TimeProvider clock)
    {
        (_settings, _clock) = (settings, clock);
        // Blocking is safe: this runs at the start, before anything is served.
        _key = Convert.FromHexString(settings.StoredSecret("Files") ?? settings.SecretAsync("Files").GetAwaiter().GetResult());
    }

    /// <summary>A file with its address.</summary>
    public Attachment With(KeptAttachment file) =>
        new(file.Id, file.Name, file.Type, file.Size, file.Width, file.Height, Of(file.Id, file.Name));

    /// <summary>The address of a file: a path from the root of our origin.</summary>
    public string Of(string id, string name)
    {
        var end = new DateTimeOffset(_clock.GetUtcNow().UtcDateTime.Date.AddDays(Days), TimeSpan.Zero).ToUnixTimeSeconds();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_settings.Value.PathBase}/files/{id}/{Uri.EscapeDataString(name)}?until={end}&key={Sign(id, end)}");
    }

    /// <summary>The same files with addresses that can be followed from anywhere.</summary>
    /// <param name="files">The files.</param>
    /// <param name="publicBase">Our public address: origin, and path if there is one.</param>
    public static IReadOnlyList<Attachment> Absolute(IReadOnlyList<Attachment> files, string publicBase) => files.Count == 0
        ? files
        : [.. files.Select(file => file with { Url = new Uri(new Uri(publicBase), file.Url).AbsoluteUri })];

    /// <summary>How long an address is still good; null if it is not. The name in it decides nothing.</summary>
    public TimeSpan? Left(string id, string? until, string? key)
    {
        if (key is null || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(id, end)), Encoding.UTF8.GetBytes(key)))
            return null;
        // Signed by us, so it is a time.
        var left = DateTimeOffset.FromUnixTimeSeconds(end) - _clock.GetUtcNow();
        return left > TimeSpan.Zero ? left : null;
    }

    private string Sign(string id, long end) => Convert.ToBase64String(
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{end} {id}")))
            .AsSpan(0, SignatureBytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
