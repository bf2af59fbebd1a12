namespace LeanChat.Configuration;

/// <summary>Which files are taken, and how much of them. A size of 0 means no limit.</summary>
internal sealed class FileLimits(Settings settings)
{
    /// <summary>No limit, as a number that JavaScript can hold.</summary>
    private const long NoLimit = 1L << 53;

    /// <summary>Whether any are taken.</summary>
    public bool Enabled { get; } = settings.Flag("Attachments:Enabled");

    /// <summary>The most bytes of one file.</summary>
    public long Bytes { get; } = Most(settings.Size("Limits:AttachmentBytes"));

    /// <summary>The most bytes of one user in 24 hours.</summary>
    public long PerDay { get; } = Most(settings.Size("Limits:AttachmentBytesPerDay"));

    /// <summary>The most bytes of all files together.</summary>
    public long InAll { get; } = Most(settings.Size("Limits:AttachmentBytesInAll"));

    /// <summary>How long an upload may take.</summary>
    public TimeSpan Time { get; } = settings.Duration("Limits:AttachmentTime");

    /// <summary>Media types, in lower case; `image/*` means all pictures.</summary>
    public IReadOnlyList<string> Types { get; } = [.. Settings.SplitList(settings["Attachments:Types"].ToLowerInvariant()).Distinct()];

    /// <summary>What clients are told: 0 while no files are taken.</summary>
    public long ToldBytes => Enabled ? Bytes : 0;

    /// <summary>What clients are told.</summary>
    public IReadOnlyList<string> ToldTypes => Enabled ? Types : [];

    private static long Most(long size) => size == 0 ? NoLimit : size;
}
