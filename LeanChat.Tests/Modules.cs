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

    /// <summary>React 19 as a plain script, which it does not come as: its modules and what joins them.</summary>
    public static string React19()
    {
        (string Name, string Package, string Path)[] modules =
        [
            ("scheduler", "scheduler-0.27.0", "cjs/scheduler.production.js"), ("react", "react-19.2.0", "cjs/react.production.js"),
            ("react-dom", "react-dom-19.2.0", "cjs/react-dom.production.js"),
            ("react-dom/client", "react-dom-19.2.0", "cjs/react-dom-client.production.js"),
        ];
        var functions = modules.Select(
            module => $"'{module.Name}': function (module, exports, require) {{\n{Read(module.Package, module.Path)}\n}}");
        return $$"""
            (() => {
              const made = {}, sources = { {{string.Join(",\n", functions)}} };
              const require = name => made[name] ?? (
                sources[name](made[name] = { exports: {} }, made[name].exports, each => require(each).exports), made[name]);
              window.React = require('react').exports;
              window.ReactDOM = require('react-dom/client').exports;
            })();
            """;
    }

    private static string? Find()
    {
        string[] wanted =
        [
            "react@18.3.1", "react-dom@18.3.1", "react@19.2.0", "react-dom@19.2.0", "scheduler@0.27.0", "vue@3.5.13",
            "@hotwired/turbo@7.3.0", "@hotwired/turbo@8.0.12", "htmx.org@2.0.4", "acorn@8.15.0",
        ];
        Directory.CreateDirectory(Folder);
        if (wanted.All(each => File.Exists(Path.Combine(Folder, each.TrimStart('@').Replace('@', '-').Replace('/', '-') + ".tgz"))))
            return null;
        // Packed elsewhere and moved: a run that was broken off leaves no half a file behind.
        var fresh = Directory.CreateTempSubdirectory("leanchat-npm-").FullName;
        try
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["pack", "--silent", "--pack-destination", fresh, .. wanted])
            {
                RedirectStandardOutput = true,
                WorkingDirectory = fresh,
            })!;
            npm.StandardOutput.ReadToEnd();
            if (!npm.WaitForExit(TimeSpan.FromMinutes(3)) || npm.ExitCode != 0)
                return "npm could not bring the libraries that websites use";
            foreach (var file in Directory.GetFiles(fresh, "*.tgz"))
                File.Move(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "npm is not installed; it brings the libraries that websites use";
        }
        finally
        {
            Directory.Delete(fresh, recursive: true);
        }
    }
}

/// <summary>The same story with several libraries. Skipped by name where there is no browser or no npm; with CI=true
/// that is a failure instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ModulesTheoryAttribute : TheoryAttribute
{
    public ModulesTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && (Browser.Trouble ?? Modules.Trouble) is { } trouble)
            Skip = trouble;
    }
}
