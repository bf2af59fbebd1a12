using System.ComponentModel;
using System.Diagnostics;

namespace LeanChat.Bench;

/// <summary>Other programs.</summary>
internal static class Shell
{
    /// <summary>What a program prints, on either stream; null when it is not there.</summary>
    public static async Task<string?> OutputAsync(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return output + await error;
        }
        catch (Win32Exception)
        {
            // Not installed.
            return null;
        }
    }

    /// <summary>A folder of the user's cache, for what need not be fetched or built each time.</summary>
    public static string Cache(string name) => Directory.CreateDirectory(
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "leanchat-bench", name)).FullName;

    /// <summary>Ourselves in another mode.</summary>
    public static ProcessStartInfo Self(params IEnumerable<string> arguments) => new(Path.Combine(AppContext.BaseDirectory, "LeanChat.Bench"), arguments);

    /// <summary>Writes a file that lies in this program.</summary>
    public static void Unpack(string name, string path)
    {
        using var from = typeof(Shell).Assembly.GetManifestResourceStream(name)!;
        using var to = File.Create(path);
        from.CopyTo(to);
    }
}
