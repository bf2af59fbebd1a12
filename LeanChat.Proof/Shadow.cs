using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace LeanChat.Proof;

/// <summary>The disk, the clock and the power of one server, through shadow.c: preloaded into it, steered through a shared page.</summary>
internal sealed class Shadow : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("leanchat-shadow-").FullName;
    private readonly MemoryMappedFile _page;
    private readonly MemoryMappedViewAccessor _control;
    private readonly Server _server;
    private Dictionary<string, Inode> _names = [];

    /// <summary>Stands behind every later start of the server.</summary>
    public Shadow(Server server)
    {
        _server = server;
        var library = Build(_directory);
        var control = Path.Combine(_directory, "control");
        File.WriteAllBytes(control, new byte[4096]);
        _page = MemoryMappedFile.CreateFromFile(control, FileMode.Open);
        _control = _page.CreateViewAccessor();
        server.Environment["LD_PRELOAD"] = library;
        server.Environment["SHADOW_CONTROL"] = control;
        server.Environment["SHADOW_JOURNAL"] = Journal;
    }

    /// <summary>Whether this machine can build it.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && (File.Exists("/usr/bin/cc") || File.Exists("/usr/bin/gcc"));

    private string Journal => Path.Combine(_directory, "journal");

    /// <summary>Added to the server's wall clock.</summary>
    public TimeSpan Clock
    {
        set => _control.Write(0, value.Ticks * 100);
    }

    /// <summary>The operation on the files before which the server dies, counted from the start; 0: none.</summary>
    public long KillAt
    {
        set => _control.Write(8, value);
    }

    /// <summary>Operations on the files so far.</summary>
    public long Operations
    {
        get => _control.ReadInt64(16);
        set => _control.Write(16, value);
    }

    /// <summary>Whether the disk is full.</summary>
    public bool IsFull
    {
        get => _control.ReadInt64(24) != 0;
        set => _control.Write(24, value ? 1L : 0);
    }

    /// <summary>The write to the log, counted from now, from which on the disk is full: in the middle of a commit.</summary>
    public long FullAtLogWrite
    {
        set => _control.Write(32, value);
    }

    /// <summary>How long every fsync takes, in microseconds.</summary>
    public long SlowSync
    {
        set => _control.Write(40, value);
    }

    /// <summary>The error of whoever opens a file of ours to write; 0: none.</summary>
    public long ReadOnly
    {
        set => _control.Write(48, value);
    }

    /// <summary>What lies in the folder now counts as being on disk; the journal begins anew. Only while the server does not run.</summary>
    public void Begin()
    {
        File.Delete(Journal);
        Operations = 0;
        _names = Files().ToDictionary(file => Path.GetFileName(file), file => new Inode(File.ReadAllBytes(file)));
    }

    /// <summary>
    /// The power has gone: of what was written since the last fsync nothing survives, or some of it in sectors, as
    /// <paramref name="chance"/> has it. Replaces the server's files; answers how many bytes were lost.
    /// </summary>
    /// <param name="deaf">Files whose fsync does nothing, by the end of their name: the defect.</param>
    public long CutPower(Random chance, string? deaf = null)
    {
        var (volatileNames, durableNames) = (_names, new Dictionary<string, Inode>(_names));
        foreach (var (kind, name, offset, data) in Entries())
        {
            switch (kind)
            {
                case 'C':
                    volatileNames.TryAdd(name, new Inode([]));
                    break;
                case 'W':
                    volatileNames[name].Pending.Add((offset, data));
                    break;
                case 'T':
                    volatileNames[name].Pending.Add((offset, null));
                    break;
                case 'U':
                    volatileNames.Remove(name);
                    break;
                case 'R':
                    volatileNames.Remove(name, out var moved);
                    volatileNames[Encoding.UTF8.GetString(data!)] = moved!;
                    break;
                case 'S' when deaf is null || !name.EndsWith(deaf, StringComparison.Ordinal):
                    volatileNames[name].Sync();
                    break;
                case 'D':
                    foreach (var gone in durableNames.Keys.Where(each => FolderOf(each) == name).ToList())
                        durableNames.Remove(gone);
                    foreach (var (there, inode) in volatileNames.Where(each => FolderOf(each.Key) == name))
                        durableNames[there] = inode;
                    break;
            }
        }

        // A file system may have kept what nobody asked it to keep: half of the times the names, and some of the sectors.
        var survivors = chance.Next(2) == 0 ? volatileNames : durableNames;
        var share = chance.Next(3) switch { 0 => 0, 1 => chance.NextDouble(), _ => 0.9 };
        foreach (var file in Directory.GetFiles(_server.Data, "leanchat.db*").Concat(Files()))
            File.Delete(file);
        var lost = 0L;
        foreach (var (name, inode) in survivors)
        {
            lost += inode.Pending.Sum(each => each.Data?.Length ?? 0);
            File.WriteAllBytes(Path.Combine(_server.Data + FolderOf(name), name), inode.Survive(chance, share));
        }

        return lost;
    }

    /// <summary>The copies before a step of the schema lie in a folder of their own.</summary>
    private static string FolderOf(string name) => name.StartsWith("leanchat-schema-", StringComparison.Ordinal) ? "/backups" : "/";

    private IEnumerable<string> Files() => Directory.GetFiles(_server.Data, "leanchat.db*")
        .Concat(Directory.Exists(_server.Data + "/backups") ? Directory.GetFiles(_server.Data + "/backups", "leanchat-schema-*") : [])
        .Where(file => !file.EndsWith("-shm", StringComparison.Ordinal));

    private IEnumerable<(char Kind, string Name, long Offset, byte[]? Data)> Entries()
    {
        if (!File.Exists(Journal))
            yield break;
        var journal = File.ReadAllBytes(Journal);
        for (var at = 0; at + 16 <= journal.Length;)
        {
            var (name, data) = (journal[at + 1], (int)BinaryPrimitives.ReadUInt32LittleEndian(journal.AsSpan(at + 4)));
            var end = at + 16 + name + data;
            // The last entry may have been cut by the kill: then nothing came of it.
            if (end > journal.Length)
                yield break;
            yield return (
                (char)journal[at], Encoding.UTF8.GetString(journal, at + 16, name),
                BinaryPrimitives.ReadInt64LittleEndian(journal.AsSpan(at + 8)), journal[(at + 16 + name)..end]);
            at = end;
        }
    }

    private static string Build(string directory)
    {
        var (source, library) = (Path.Combine(directory, "shadow.c"), Path.Combine(directory, "shadow.so"));
        using (var stream = typeof(Shadow).Assembly.GetManifestResourceStream("shadow.c")!)
        using (var file = File.Create(source))
            stream.CopyTo(file);
        using var compiler = Process.Start(new ProcessStartInfo(
            File.Exists("/usr/bin/cc") ? "/usr/bin/cc" : "/usr/bin/gcc",
            ["-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"]))!;
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException("The shadow could not be built.");
    }

    public void Dispose()
    {
        _control.Dispose();
        _page.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A file's bytes as they are on disk, and what was done to it since.</summary>
    private sealed class Inode(byte[] durable)
    {
        private const int Sector = 512;

        private MemoryStream _durable = From(durable);

        public List<(long Offset, byte[]? Data)> Pending { get; } = [];

        public void Sync()
        {
            foreach (var (offset, data) in Pending)
                Apply(_durable, offset, data);
            Pending.Clear();
        }

        public byte[] Survive(Random chance, double share)
        {
            foreach (var (offset, data) in Pending)
            {
                if (data is null)
                {
                    if (chance.NextDouble() < share)
                        Apply(_durable, offset, null);
                    continue;
                }

                for (var at = 0; at < data.Length; at += Sector)
                {
                    if (chance.NextDouble() < share)
                        Apply(_durable, offset + at, data[at..Math.Min(data.Length, at + Sector)]);
                }
            }

            Pending.Clear();
            return _durable.ToArray();
        }

        private static void Apply(MemoryStream file, long offset, byte[]? data)
        {
            if (data is null)
            {
                file.SetLength(offset);
                return;
            }

            if (file.Length < offset)
                file.SetLength(offset);
            file.Position = offset;
            file.Write(data);
        }

        private static MemoryStream From(byte[] bytes)
        {
            var stream = new MemoryStream();
            stream.Write(bytes);
            return stream;
        }
    }
}
