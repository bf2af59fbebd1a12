namespace LeanChat.Bench;

/// <summary>A disk that takes 4 ms longer to sync: a few lines of C between a server and its C library.</summary>
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
