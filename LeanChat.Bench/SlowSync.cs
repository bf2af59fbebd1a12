namespace LeanChat.Bench;

/// <summary>Makes each sync of a server take 4 ms longer: a small library in C, preloaded.</summary>
internal static class SlowSync
{
    public const string Missing = "needs gcc (Debian: apt-get install gcc libc6-dev)";

    /// <summary>The library to preload; null where there is no compiler.</summary>
    public static async Task<string?> BuildAsync()
    {
        var folder = Shell.Cache("slowsync");
        var (source, library) = (Path.Combine(folder, "slowsync.c"), Path.Combine(folder, "slowsync.so"));
        File.Delete(library);
        Shell.Unpack("slowsync.c", source);
        await Shell.OutputAsync(new("gcc", ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"]));
        return File.Exists(library) ? library : null;
    }
}
