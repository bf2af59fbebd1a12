using System.Globalization;

namespace LeanChat.Bench.Load;

/// <summary>CPU and memory of a server: its process and all that it started.</summary>
internal sealed class ProcessUsage(int process)
{
    private const NumberStyles White = NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;

    private readonly int[] _processes = Tree(process);

    /// <summary>CPU seconds used so far.</summary>
    public double Cpu() => _processes.Sum(each => Libc.CpuOf(each) ?? throw new InvalidOperationException("The server has gone."));

    /// <summary>Resident kilobytes.</summary>
    public long Memory() => _processes.Sum(each => File.ReadLines($"/proc/{each}/smaps_rollup")
        .Where(line => line.StartsWith("Rss:", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.AsSpan(4, line.Length - 6), White, CultureInfo.InvariantCulture)));

    private static int[] Tree(int root)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Parent: Parent(id)))
            .ToList();
        var tree = new List<int> { root };
        for (var i = 0; i < tree.Count; i++)
            tree.AddRange(parents.Where(each => each.Parent == tree[i]).Select(each => each.Id));
        return [.. tree];
    }

    private static int Parent(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process, which has ended meanwhile.
            return 0;
        }
    }
}
