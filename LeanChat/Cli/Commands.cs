using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.InteropServices;
using LeanChat.Admins;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage.Sqlite;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeanChat.Cli;

/// <summary>The command line. Exit codes: 0 good, 1 failed, 2 wrong usage; an error is one line on standard error.</summary>
internal static class Commands
{
    private const int Good = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    private static readonly Option<string> Data = new("--data") { Description = "The folder of leanchat.db.", DefaultValueFactory = _ => "./data", Recursive = true };
    private static readonly Option<string?> Urls = new("--urls") { Description = "Addresses to listen on, separated by semicolons. Default: http://localhost:5080" };

    public static async Task<int> RunAsync(string[] args)
    {
        // Settings may stand on the command line as --LeanChat:Key=value; they are configuration's, not the parser's.
        var settings = args.Where(IsSetting).ToArray();
        var root = new RootCommand("LeanChat: live support chat on your own server. Without a command it serves. Any setting may be given as --LeanChat:Key=value.") { Data, Urls };
        root.SetAction((parsed, _) => ServeAsync(new ServeOptions(parsed.GetValue(Data)!, parsed.GetValue(Urls), settings)));

        var email = new Argument<string>("EMAIL");
        var add = new Command("add", "Adds an admin; the password comes from the terminal or as one line on standard input.") { email };
        add.SetAction((parsed, _) => WithDoorAsync(parsed, settings, door => AddAdminAsync(door, parsed.GetValue(email)!)));
        var reset = new Command("reset", "Gives an admin a new password and ends their sessions.") { email };
        reset.SetAction((parsed, _) => WithDoorAsync(parsed, settings, door => ResetAdminAsync(door, parsed.GetValue(email)!)));
        var mailTo = new Option<string?>("--mail-to") { Description = "Also sends a test letter to this address." };
        var doctor = new Command("doctor", "Checks disk, database, backups, mail, public URL, WebSocket upgrade and clock; one line each.") { mailTo, Urls };
        doctor.SetAction((parsed, stopping) => ExamineAsync(parsed, settings, parsed.GetValue(mailTo), stopping));
        root.Add(doctor);
        var copy = new Argument<string>("FILE");
        var backup = new Command("backup", "Copies the database to FILE, also while serving: everything stored before it began.") { copy };
        backup.SetAction((parsed, stopping) => Task.Run(() => BackUp(parsed.GetValue(Data)!, parsed.GetValue(copy)!, stopping)));
        root.Add(backup);
        var restore = new Command("restore", "Puts the backup FILE in the database's place and keeps the old one beside it; not while serving.") { copy };
        restore.SetAction(parsed => Restore(parsed.GetValue(Data)!, parsed.GetValue(copy)!));
        root.Add(restore);
        var user = new Option<string?>("--user") { Description = "Only this person, by id." };
        var export = new Command("export", "Writes everything as JSON lines on standard output, also while serving; never passwords or tokens.") { user };
        export.SetAction((parsed, stopping) => ExportAsync(parsed.GetValue(Data)!, parsed.GetValue(user), stopping));
        root.Add(export);
        root.Add(new Command("admin", "The accounts of those who answer: admin add EMAIL, admin reset EMAIL.") { add, reset });

        var result = root.Parse(args.Where(arg => !IsSetting(arg)).ToArray());
        if (result.Errors is [var error, ..])
            return Complain($"{error.Message} See leanchat --help.", WrongUsage);
        try
        {
            // The host minds SIGTERM itself: an orderly stop ends with 0.
            return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (e is SettingsException or StorageException or OperationCanceledException or IOException or InvalidDataException or FormatException or InvalidOperationException)
        {
            // IOException: an address that is taken. InvalidOperationException: https without a certificate. The other two: an
            // appsettings.json that is no JSON. All of them are told in words that a person can act on.
            return Complain(e.Message, Failed);
        }
    }

    private static bool IsSetting(string arg) => arg.StartsWith("--LeanChat:", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with an address to listen on; null when nothing is. A host that is no address would listen everywhere.</summary>
    internal static string? Complaint(string url) =>
        !Uri.TryCreate(url.Replace("*", "0.0.0.0", StringComparison.Ordinal).Replace("+", "0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" ? $"--urls {url}: give addresses like http://localhost:5080."
        : uri.Host != "localhost" && uri.HostNameType is not (UriHostNameType.IPv4 or UriHostNameType.IPv6) ? $"--urls {url}: the host must be localhost, an IP address, or * for all."
        : null;

    private static async Task<int> ServeAsync(ServeOptions options)
    {
        if (options.Urls?.Split(';').Select(Complaint).FirstOrDefault(complaint => complaint is not null) is { } wrong)
            return Complain(wrong, WrongUsage);
        await using var app = Program.Build(options);
        var setup = await app.Services.GetRequiredService<AdminSignIn>().OfferSetupAsync();
        try
        {
            await app.StartAsync();
        }
        catch (IOException)
        {
            // The address is taken, say. What had started already shall stop in order; the caller tells why.
            await app.StopAsync();
            throw;
        }

        var address = app.Services.GetRequiredService<Origins>().PublicBase(null);
        Console.WriteLine($"LeanChat {Version} serves at {address}");
        Console.WriteLine($"  demo page   {address}/");
        Console.WriteLine($"  dashboard   {address}/admin");
        Console.WriteLine($"  database    {app.Services.GetRequiredService<Database>().Location}");
        if (setup is not null)
            Console.WriteLine($"There is no admin yet. Make the first account here, once:{Environment.NewLine}  {address}/admin#setup={setup}");
        return await UntilStoppedAsync(app);
    }

    /// <summary>Serves until SIGTERM, SIGINT or SIGQUIT asks for the end. An end that nobody asked for is a failure, so that a supervisor starts it again.</summary>
    internal static async Task<int> UntilStoppedAsync(WebApplication app)
    {
        var asked = false;
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Volatile.Write(ref asked, true));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Volatile.Write(ref asked, true));
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, _ => Volatile.Write(ref asked, true));
        await app.WaitForShutdownAsync();
        return Volatile.Read(ref asked) ? Good : Complain("The server has ended without being asked to. The log above says why.", Failed);
    }

    private static string Version => typeof(Commands).Assembly.GetName().Version!.ToString(3);

    private static async Task<int> WithDoorAsync(ParseResult parsed, string[] settings, Func<AdminSignIn, Task<int>> work)
    {
        await using var app = Program.Build(new ServeOptions(parsed.GetValue(Data)!, "http://127.0.0.1:0", settings, Alone: false));
        return await work(app.Services.GetRequiredService<AdminSignIn>());
    }

    private static async Task<int> ExamineAsync(ParseResult parsed, string[] settings, string? mailTo, CancellationToken stopping)
    {
        var findings = Doctor.ExamineDisk(parsed.GetValue(Data)!);
        WebApplication app;
        try
        {
            app = Program.Build(new ServeOptions(parsed.GetValue(Data)!, parsed.GetValue(Urls), settings, Alone: false));
        }
        catch (StorageException e)
        {
            findings.Say();
            new Finding("database", false, e.Message).Say();
            return Failed;
        }

        await using (app)
        {
            var doctor = ActivatorUtilities.CreateInstance<Doctor>(app.Services);
            var good = findings.Say();
            await foreach (var finding in doctor.ExamineAsync(parsed.GetValue(Urls) ?? app.Configuration["urls"] ?? "http://localhost:5080", mailTo, stopping))
                good &= finding.Say();
            return good ? Good : Failed;
        }
    }

    private static int BackUp(string data, string file, CancellationToken stopping)
    {
        var size = Backup.Write(data, file, stopping);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(file)} holds the database, {size / 1e6:0.0} MB. Keep a copy of it on another machine."));
        return Good;
    }

    private static int Restore(string data, string file)
    {
        var aside = Backup.Restore(data, file, TimeProvider.System.GetUtcNow());
        Console.WriteLine($"The database is the one of {Path.GetFullPath(file)} now. {(aside is null ? "There was none before." : $"The old one is kept as {aside}.")}");
        return Good;
    }

    private static async Task<int> ExportAsync(string data, string? user, CancellationToken stopping)
    {
        if (!File.Exists(Path.Combine(data, "leanchat.db")))
            return Complain($"There is no database in {Path.GetFullPath(data)}. Name its folder with --data DIR.", Failed);
        using var database = new SqliteDatabase(data, TimeProvider.System, NullLogger<Database>.Instance, alone: false);
        await using var lines = Console.OpenStandardOutput();
        return await new Export(database, lines, Console.Error).WriteAsync(user, stopping)
            ? Good
            : Complain($"There is no user {user}; the dashboard shows the id of each.", Failed);
    }

    private static async Task<int> AddAdminAsync(AdminSignIn door, string email)
    {
        if (!(await door.AddAsync(new NewAdminBody(email, ReadPassword(), null))).Is(out var admin, out var error))
            return Complain(error.Message, Failed);
        Console.WriteLine($"{admin.Email} can sign in now.");
        return Good;
    }

    private static async Task<int> ResetAdminAsync(AdminSignIn door, string email)
    {
        var password = ReadPassword();
        if (Passwords.Complaint(password) is { } complaint)
            return Complain(complaint, Failed);
        if (!await door.ResetAsync(email, password))
            return Complain($"There is no admin {email}. Add one with: leanchat admin add {email}", Failed);
        Console.WriteLine($"{email} has a new password; all their sessions have ended.");
        return Good;
    }

    private static string ReadPassword()
    {
        if (Console.IsInputRedirected)
            return Console.ReadLine() ?? "";
        Console.Write("Password: ");
        var typed = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace && typed.Length > 0)
                typed.Length--;
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }

        Console.WriteLine();
        return typed.ToString();
    }

    private static int Complain(string message, int code)
    {
        Console.Error.WriteLine("leanchat: " + message.ReplaceLineEndings(" "));
        return code;
    }
}
