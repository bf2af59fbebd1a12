using System.CommandLine;
using LeanChat.Files;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Cli;

/// <summary>`leanchat export` on the command line.</summary>
internal static class ExportCommand
{
    public static Command Create(Option<string> data, string[] settings)
    {
        var user = new Option<string?>("--user") { Description = "Exports this person only, by id." };
        var files = new Option<string?>("--files") { Description = "Also writes the files, into this empty folder." };
        var export = new Command(
            "export", "Writes all data but passwords and tokens to standard output, as JSON lines. The server may be running.")
        {
            user, files,
        };
        export.SetAction((parsed, stopping) =>
            RunAsync(parsed.GetValue(data)!, settings, parsed.GetValue(user), parsed.GetValue(files), stopping));
        return export;
    }

    private static async Task<int> RunAsync(string data, string[] settings, string? user, string? files, CancellationToken stopping)
    {
        if (files is not null && ExportedFiles.Complaint(files) is { } complaint)
            return Commands.Fail(complaint, Commands.Failure);
        if (!File.Exists(Path.Combine(data, "leanchat.db")))
        {
            return Commands.Fail(
                $"There is no database in {Path.GetFullPath(data)}. Give its folder with --data DIR.", Commands.Failure);
        }

        await using var app = Program.Build(new ServeOptions(data, "http://127.0.0.1:0", settings, Alone: false));
        var database = app.Services.GetRequiredService<Database>();
        await using var lines = Console.OpenStandardOutput();
        var export = new Export(
            database, app.Services.GetRequiredService<FileAddresses>(), app.Services.GetRequiredService<Origins>().PublicBase(null),
            files is null ? null : new ExportedFiles(database, files), lines, Console.Error);
        return await export.WriteAsync(user, stopping)
            ? Commands.Success
            : Commands.Fail($"There is no user {user}. The dashboard shows the ids of people.", Commands.Failure);
    }
}
