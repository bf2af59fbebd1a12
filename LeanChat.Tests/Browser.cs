using System.Diagnostics;
using Microsoft.Playwright;

namespace LeanChat.Tests;

/// <summary>The real pages in a real Chromium: the one that is installed, else one that we install and say so.</summary>
public sealed class Browser : IAsyncLifetime
{
    /// <summary>Chromium without a window: it shows pages alike, and costs a third.</summary>
    private const string Shell = "/usr/bin/chromium-headless-shell";

    private static readonly string[] Known =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable",
        "/usr/bin/microsoft-edge",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    private static readonly Lazy<(string? Path, string? Trouble)> Search = new(Find);

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private IBrowser? _whole;
    private readonly List<IBrowserContext> _people = [];

    /// <summary>Why there is no browser; null when there is one.</summary>
    public static string? Trouble => Search.Value.Trouble;

    public async Task InitializeAsync()
    {
        if (Trouble is not null)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await LaunchAsync(File.Exists(Shell) ? Shell : Search.Value.Path!);
    }

    public async Task DisposeAsync()
    {
        if (_whole is not null)
            await _whole.DisposeAsync();
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A person at a screen of their own: own cookies, own storage.</summary>
    /// <param name="whole">With what a browser has around its pages: notifications and installed apps.</param>
    public async Task<IPage> PersonAsync(
        int width = 1280, int height = 760, ColorScheme colours = ColorScheme.Light, bool phone = false, bool anyCertificate = false,
        bool whole = false, string locale = "en-GB")
    {
        var browser = whole ? _whole ??= await LaunchAsync(Search.Value.Path!) : _browser;
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = colours,
            HasTouch = phone,
            IsMobile = phone,
            IgnoreHTTPSErrors = anyCertificate,
            Locale = locale,
            TimezoneId = "Europe/Berlin",
        });
        _people.Add(context);
        context.SetDefaultTimeout(10_000);
        return await context.NewPageAsync();
    }

    /// <summary>Closes what the story has opened: its pages would go on working while others are told.</summary>
    public async Task EverybodyLeavesAsync()
    {
        foreach (var person in _people)
            await person.CloseAsync();
        _people.Clear();
    }

    private Task<IBrowser> LaunchAsync(string path) => _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = path.Length > 0 ? path : null,
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-first-run",
        ],
    });

    private static (string? Path, string? Trouble) Find()
    {
        if (Known.FirstOrDefault(File.Exists) is { } path)
            return (path, null);
        if (OperatingSystem.IsLinux() && Environment.UserName == "root" && File.Exists("/usr/bin/apt-get"))
        {
            Console.WriteLine("No Chromium was found; installing the system's: apt-get install chromium");
            if (Run("apt-get", "update")
                && Run("apt-get", "install -y --no-install-recommends chromium")
                && Known.FirstOrDefault(File.Exists) is { } installed)
                return (installed, null);
        }

        Console.WriteLine("No Chromium was found; asking Playwright to install its own.");
        return Microsoft.Playwright.Program.Main(["install", "chromium"]) == 0
            ? ("", null)
            : (null, "no Chromium, Chrome or Edge was found, and none could be installed");
    }

    private static bool Run(string program, string arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { Environment = { ["DEBIAN_FRONTEND"] = "noninteractive" } });
        process!.WaitForExit(TimeSpan.FromMinutes(10));
        return process.HasExited && process.ExitCode == 0;
    }
}

/// <summary>A story in a browser. Skipped by name where no browser can be had; with CI=true that is a failure instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && Browser.Trouble is { } trouble)
            Skip = trouble;
    }
}

/// <summary>The same story for several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && Browser.Trouble is { } trouble)
            Skip = trouble;
    }
}

/// <summary>Stories of the widget share one browser, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserStories : ICollectionFixture<Browser>
{
    public const string Name = "browser";
}

/// <summary>Stories of the dashboard share another, beside those of the widget.</summary>
[CollectionDefinition(Name)]
public sealed class DashboardStories : ICollectionFixture<Browser>
{
    public const string Name = "dashboard";
}
