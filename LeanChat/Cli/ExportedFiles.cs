using System.Text;
using LeanChat.Files;
using LeanChat.Storage;

namespace LeanChat.Cli;

/// <summary>`leanchat export --files DIR`: every file as DIR/id/name.</summary>
internal sealed class ExportedFiles(Database database, string folder)
{
    /// <summary>The longest name that file systems take, in bytes.</summary>
    private const int MaxNameBytes = 255;

    /// <summary>What is wrong with a folder; null for one that is empty, or not there yet.</summary>
    public static string? Complaint(string folder) =>
        File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            ? $"{Path.GetFullPath(folder)} is not empty: give --files an empty folder."
            : null;

    /// <summary>Writes the files of a chat.</summary>
    public async Task WriteAsync(string chatId, CancellationToken stopping)
    {
        foreach (var file in await database.ReadAsync(connection => AttachmentStore.KeptOf(connection, chatId)))
        {
            var target = Directory.CreateDirectory(Path.Combine(folder, file.Id)).FullName;
            await using var written = new FileStream(Path.Combine(target, NameOf(file.Name)), FileMode.CreateNew);
            try
            {
                await using var stored = new ChunkStream(new FileBytes(database, file.Id, file.Size));
                await stored.CopyToAsync(written, stopping);
            }
            catch (FileGoneException)
            {
                // Erased while we were reading: nothing of it may stay.
                await written.DisposeAsync();
                Directory.Delete(target, recursive: true);
            }
        }
    }

    /// <summary>The name without what this system forbids, and short enough, with its ending.</summary>
    private static string NameOf(string name)
    {
        var safe = string.Concat(name.Select(c => Path.GetInvalidFileNameChars().Contains(c) ? '_' : c));
        var ending = Path.GetExtension(safe);
        var runes = Path.GetFileNameWithoutExtension(safe).EnumerateRunes().ToList();
        while (runes.Count > 0 && runes.Sum(rune => rune.Utf8SequenceLength) + Encoding.UTF8.GetByteCount(ending) > MaxNameBytes)
            runes.RemoveAt(runes.Count - 1);
        return string.Concat(runes) + ending;
    }
}
