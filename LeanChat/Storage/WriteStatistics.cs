namespace LeanChat.Storage;

/// <summary>Counts and times of commits since the start.</summary>
internal sealed class WriteStatistics(Func<int> waiting)
{
    private long _commits;
    private long _writes;

    /// <summary>Groups committed.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Writes committed.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    /// <summary>Writes that wait now.</summary>
    public int Waiting => waiting();

    /// <summary>Seconds from taking a group to having it on disk.</summary>
    public Histogram CommitSeconds { get; } = new(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5);

    /// <summary>Writes that shared a commit.</summary>
    public Histogram CommitWrites { get; } = new(1, 2, 4, 8, 16, 32, 64, 128, 256, 512);

    /// <summary>Counts a committed group. One thread at a time may call it.</summary>
    public void Add(TimeSpan took, int writes)
    {
        CommitSeconds.Add(took.TotalSeconds);
        CommitWrites.Add(writes);
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _writes, writes);
    }
}
