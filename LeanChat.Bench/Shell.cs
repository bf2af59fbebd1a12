using System.ComponentModel;
using System.Diagnostics;

namespace LeanChat.Bench;

/// <summary>Runs other programs, and finds files for them.</summary>
internal static class Shell
{
    /// <summary>What a program prints, on either stream; null when it is not installed.</summary>
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

    /// <summary>The first line of a program's output with the word "error", else its last line.</summary>
    public static string ErrorLine(string? output)
    {
        var lines = (output ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var error = lines.FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase));
        return error ?? lines.LastOrDefault() ?? "no output";
    }

    /// <summary>A folder of the user's cache, for what is installed or built once.</summary>
    public static string Cache(string name)
    {
        var root = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return Directory.CreateDirectory(Path.Combine(root, "leanchat-bench", name)).FullName;
    }

    /// <summary>This program in another mode.</summary>
    public static ProcessStartInfo Self(params IEnumerable<string> arguments) =>
        new(Path.Combine(AppContext.BaseDirectory, "LeanChat.Bench"), arguments);

    /// <summary>The text of a file embedded in this program.</summary>
    public static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Shell).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>Writes a file embedded in this program.</summary>
    public static void Unpack(string name, string path)
    {
        using var from = typeof(Shell).Assembly.GetManifestResourceStream(name)!;
        using var to = File.Create(path);
        from.CopyTo(to);
    }
}
