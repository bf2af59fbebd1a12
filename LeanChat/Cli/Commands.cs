using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.InteropServices;
using LeanChat.Admins;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Cli;

/// <summary>The command line. Exit codes: 0 success, 1 failure, 2 wrong usage; an error is one line on standard error.</summary>
internal static class Commands
{
    internal const int Success = 0;
    internal const int Failure = 1;
    private const int WrongUsage = 2;

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The folder of leanchat.db.",
        DefaultValueFactory = _ => "./data",
        Recursive = true,
    };

    private static readonly Option<string?> Urls = new("--urls")
    {
        Description = "Addresses to listen on, separated by semicolons. Default: http://localhost:5080",
    };

    public static async Task<int> RunAsync(string[] args)
    {
        // --LeanChat:Key=value is a setting: the configuration reads it, not the parser.
        var settings = args.Where(IsSetting).ToArray();
        var root = new RootCommand(
            "LeanChat: live support chat on your own server. Without a command, it starts the server. " +
            "Any setting can be given as --LeanChat:Key=value.") { Data, Urls };
        root.SetAction((parsed, _) => ServeAsync(new ServeOptions(parsed.GetValue(Data)!, parsed.GetValue(Urls), settings)));

        var email = new Argument<string>("EMAIL");
        var add = new Command("add", "Adds an admin. Reads the password from the terminal or from standard input, one line.") { email };
        add.SetAction((parsed, _) => WithAdminsAsync(parsed, settings, admins => AddAdminAsync(admins, parsed.GetValue(email)!)));
        var reset = new Command("reset", "Gives an admin a new password and ends their sessions.") { email };
        reset.SetAction((parsed, _) => WithAdminsAsync(parsed, settings, admins => ResetAdminAsync(admins, parsed.GetValue(email)!)));
        var mailTo = new Option<string?>("--mail-to") { Description = "Also sends a test e-mail to this address." };
        var doctor = new Command(
            "doctor", "Checks disk, database, backups, e-mail, public URL, WebSocket upgrade and clock; one line each.") { mailTo, Urls };
        doctor.SetAction((parsed, stopping) => ExamineAsync(parsed, settings, parsed.GetValue(mailTo), stopping));
        root.Add(doctor);
        var copy = new Argument<string>("FILE");
        var backup = new Command("backup", "Copies the database to FILE. The server may be running.") { copy };
        backup.SetAction((parsed, stopping) => Task.Run(() => BackUp(parsed.GetValue(Data)!, parsed.GetValue(copy)!, stopping)));
        root.Add(backup);
        var restore = new Command(
            "restore", "Replaces the database by the backup FILE and keeps the old one beside it. Stop the server first.") { copy };
        restore.SetAction(parsed => Restore(parsed.GetValue(Data)!, parsed.GetValue(copy)!));
        root.Add(restore);
        root.Add(ExportCommand.Create(Data, settings));
        root.Add(new Command("admin", "Manages admin accounts: admin add EMAIL, admin reset EMAIL.") { add, reset });

        var result = root.Parse(args.Where(arg => !IsSetting(arg)).ToArray());
        if (result.Errors is [var error, ..])
            return Fail($"{error.Message} See leanchat --help.", WrongUsage);
        try
        {
            // The host handles SIGTERM itself and stops in order; the exit code is 0.
            return await result.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (e is SettingsException or StorageException or OperationCanceledException or IOException
            or InvalidDataException or FormatException or InvalidOperationException)
        {
            // IOException: the address is in use. InvalidOperationException: https without a certificate. InvalidDataException and
            // FormatException: appsettings.json is not valid JSON. Their messages say what to do.
            return Fail(e.Message, Failure);
        }
    }

    private static bool IsSetting(string arg) => arg.StartsWith("--LeanChat:", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with an address to listen on; null when it is valid. Kestrel listens everywhere for a host name.</summary>
    internal static string? Complaint(string url) =>
        !Uri.TryCreate(
            url.Replace("*", "0.0.0.0", StringComparison.Ordinal).Replace("+", "0.0.0.0", StringComparison.Ordinal), UriKind.Absolute,
            out var uri)
        || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" ? $"--urls {url}: give addresses like http://localhost:5080."
        : uri.Host != "localhost" && uri.HostNameType is not (UriHostNameType.IPv4 or UriHostNameType.IPv6)
            ? $"--urls {url}: the host must be localhost, an IP address, or * for all."
        : null;

    private static async Task<int> ServeAsync(ServeOptions options)
    {
        if (options.Urls?.Split(';').Select(Complaint).FirstOrDefault(complaint => complaint is not null) is { } wrong)
            return Fail(wrong, WrongUsage);
        await using var app = Program.Build(options);
        var setup = await app.Services.GetRequiredService<AdminSignIn>().OfferSetupAsync();
        try
        {
            await app.StartAsync();
        }
        catch (IOException)
        {
            // For example, the address is in use. What has started is stopped in order; the caller prints the error.
            await app.StopAsync();
            throw;
        }

        var address = app.Services.GetRequiredService<Origins>().PublicBase(null);
        Console.WriteLine($"LeanChat {Version} serves at {address}");
        Console.WriteLine($"  demo page   {address}/");
        Console.WriteLine($"  dashboard   {address}/admin");
        Console.WriteLine($"  database    {app.Services.GetRequiredService<Database>().Location}");
        if (setup is not null)
        {
            Console.WriteLine(
                "There is no admin yet. Create the first account here (the link works once):" +
                $"{Environment.NewLine}  {address}/admin#setup={setup}");
        }

        return await UntilStoppedAsync(app);
    }

    /// <summary>
    /// Serves until SIGTERM, SIGINT or SIGQUIT. If the server stops without a signal, that is a failure, so that a supervisor starts
    /// it again.
    /// </summary>
    internal static async Task<int> UntilStoppedAsync(WebApplication app)
    {
        var signalled = false;
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Volatile.Write(ref signalled, true));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Volatile.Write(ref signalled, true));
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, _ => Volatile.Write(ref signalled, true));
        await app.WaitForShutdownAsync();
        return Volatile.Read(ref signalled) ? Success : Fail("The server stopped unexpectedly. The log above says why.", Failure);
    }

    private static string Version => typeof(Commands).Assembly.GetName().Version!.ToString(3);

    private static async Task<int> WithAdminsAsync(ParseResult parsed, string[] settings, Func<AdminSignIn, Task<int>> work)
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
            return Failure;
        }

        await using (app)
        {
            var doctor = ActivatorUtilities.CreateInstance<Doctor>(app.Services);
            var good = findings.Say();
            var urls = parsed.GetValue(Urls) ?? app.Configuration["urls"] ?? "http://localhost:5080";
            await foreach (var finding in doctor.ExamineAsync(urls, mailTo, stopping))
                good &= finding.Say();
            return good ? Success : Failure;
        }
    }

    private static int BackUp(string data, string file, CancellationToken stopping)
    {
        var size = Backup.Write(data, file, stopping);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"The backup is {Path.GetFullPath(file)}, {size / 1e6:0.0} MB. Keep a copy of it on another machine."));
        return Success;
    }

    private static int Restore(string data, string file)
    {
        var aside = Backup.Restore(data, file, TimeProvider.System.GetUtcNow());
        var kept = aside is null ? "There was no database before." : $"The old database is kept as {aside}.";
        Console.WriteLine($"The database was restored from {Path.GetFullPath(file)}. {kept}");
        return Success;
    }

    private static async Task<int> AddAdminAsync(AdminSignIn admins, string email)
    {
        if (!(await admins.AddAsync(new NewAdminBody(email, ReadPassword(), null))).Is(out var admin, out var error))
            return Fail(error.Message, Failure);
        Console.WriteLine($"{admin.Email} can sign in now.");
        return Success;
    }

    private static async Task<int> ResetAdminAsync(AdminSignIn admins, string email)
    {
        var password = ReadPassword();
        if (Passwords.Complaint(password) is { } complaint)
            return Fail(complaint, Failure);
        if (!await admins.ResetAsync(email, password))
            return Fail($"There is no admin {email}. Add one with: leanchat admin add {email}", Failure);
        Console.WriteLine($"{email} has a new password and was signed out everywhere.");
        return Success;
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

    internal static int Fail(string message, int code)
    {
        Console.Error.WriteLine("leanchat: " + message.ReplaceLineEndings(" "));
        return code;
    }
}
