using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace LeanChat.Tests;

/// <summary>Files out of packages of the npm registry, brought by npm once and kept for the next run.</summary>
internal static class Modules
{
    private static readonly Lazy<string?> Search = new(Find);

    /// <summary>Why there are none; null when there are.</summary>
    public static string? Trouble => Search.Value;

    private static string Folder => Path.Combine(Path.GetTempPath(), "leanchat-modules-" + Environment.UserName);

    /// <summary>A file of a package, like `react-18.3.1`, `umd/react.production.min.js`.</summary>
    public static string Read(string package, string path)
    {
        if (Trouble is { } trouble)
            throw new FileNotFoundException(trouble);
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Folder, package + ".tgz")), CompressionMode.Decompress);
        using var archive = new TarReader(packed);
        while (archive.GetNextEntry() is { } entry)
        {
            if (entry.Name == "package/" + path)
                return new StreamReader(entry.DataStream!).ReadToEnd();
        }

        throw new FileNotFoundException($"{package} has no {path}.");
    }

    private static string? Find()
    {
        string[] wanted = ["react@18.3.1", "react-dom@18.3.1", "vue@3.5.13"];
        Directory.CreateDirectory(Folder);
        if (wanted.All(each => File.Exists(Path.Combine(Folder, each.Replace('@', '-') + ".tgz"))))
            return null;
        // Packed elsewhere and moved: a run that was broken off leaves no half a file behind.
        var fresh = Directory.CreateTempSubdirectory("leanchat-npm-").FullName;
        try
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["pack", "--silent", "--pack-destination", fresh, .. wanted]) { RedirectStandardOutput = true, WorkingDirectory = fresh })!;
            npm.StandardOutput.ReadToEnd();
            if (!npm.WaitForExit(TimeSpan.FromMinutes(3)) || npm.ExitCode != 0)
                return "npm could not bring React and Vue";
            foreach (var file in Directory.GetFiles(fresh, "*.tgz"))
                File.Move(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "npm is not installed; it brings React and Vue";
        }
        finally
        {
            Directory.Delete(fresh, recursive: true);
        }
    }
}

/// <summary>The same story for React and for Vue. Skipped by name where there is no browser or no npm; with CI=true that is a failure instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ModulesTheoryAttribute : TheoryAttribute
{
    public ModulesTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && (Browser.Trouble ?? Modules.Trouble) is { } trouble)
            Skip = trouble;
    }
}
