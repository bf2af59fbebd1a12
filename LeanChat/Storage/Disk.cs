using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace LeanChat.Storage;

/// <summary>Makes files and names survive a power cut.</summary>
internal static class Disk
{
    /// <summary>Waits until a file's bytes are on the disk.</summary>
    public static void Flush(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Waits until a folder's names are on the disk: else a power cut may undo a rename. Windows does it itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        // .NET cannot open a folder.
        var handle = Open(Encoding.UTF8.GetBytes(folder + '\0'), 0);
        if (handle < 0)
            throw new IOException(folder, new Win32Exception(Marshal.GetLastPInvokeError()));
        var code = Sync(handle);
        _ = Close(handle);
        if (code != 0)
            throw new IOException(folder, new Win32Exception(Marshal.GetLastPInvokeError()));
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int handle);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int handle);
}
