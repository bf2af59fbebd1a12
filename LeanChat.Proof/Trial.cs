using System.Collections.Concurrent;
using System.Globalization;

namespace LeanChat.Proof;

/// <summary>One run of one claim: how long, by which seed, with which defect, and what came of it.</summary>
internal sealed class Trial(bool isLong, int seed, string? defect = null, string? saveTo = null)
{
    private const int FaultsTold = 20;
    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(9);

    private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentQueue<(string Name, string Value)> _figures = new();

    /// <summary>The long form, as the bars want it; else the short one, for every build.</summary>
    public bool IsLong => isLong;

    public int Seed => seed;

    /// <summary>Where whatever broke something is kept, to be tried for ever after; null: nowhere.</summary>
    public string? SaveTo => saveTo;

    /// <summary>Why it could not be tried on this machine; null when it was.</summary>
    public string? Skipped { get; private set; }

    public IReadOnlyCollection<string> Faults => _faults;

    public IReadOnlyCollection<(string Name, string Value)> Figures => _figures;

    /// <summary>There is nothing left to try: a deliberate defect has been noticed, or a long form has had its ten minutes.
    /// Its figures say how far it came.</summary>
    public bool IsSettled => (defect is not null && !_faults.IsEmpty) || _clock.Elapsed > LongEnough;

    /// <summary>How much of it in each form.</summary>
    public int Of(int shortly, int fully) => isLong ? fully : shortly;

    /// <summary>Whether this run carries that deliberate defect.</summary>
    public bool Has(string name) => defect == name;

    /// <summary>A random source of its own for each part, so that a run can be repeated.</summary>
    public Random Chance(int part = 0) => new(HashCode(seed, part));

    /// <summary>Says that this machine lacks what it takes.</summary>
    public void Skip(string why)
    {
        Skipped = why;
        Figure("skipped", why);
    }

    public void Figure(string name, object value) => _figures.Enqueue((name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));

    public void Fault(string what)
    {
        if (_faults.Count < FaultsTold)
            _faults.Enqueue(what);
    }

    /// <summary>Notes a fault unless it holds.</summary>
    public bool Check(bool holds, string otherwise)
    {
        if (!holds)
            Fault(otherwise);
        return holds;
    }

    /// <summary>Stable over runs, unlike System.HashCode.</summary>
    private static int HashCode(int one, int other) => unchecked((one * 486_187_739) + (other * 16_777_619) + 7);
}
