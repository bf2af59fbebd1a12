namespace LeanChat.Cli;

/// <summary>How to serve.</summary>
/// <param name="DataDirectory">Where the database lies.</param>
/// <param name="Urls">Addresses to listen on, separated by semicolons; null: as configured.</param>
/// <param name="Configuration">Settings from the command line, as `--LeanChat:Key=value`.</param>
/// <param name="ContentRoot">Where appsettings.json is looked for; null: the current directory.</param>
/// <param name="Alone">False for a command that works beside the server.</param>
internal sealed record ServeOptions(
    string DataDirectory, string? Urls, string[] Configuration, string? ContentRoot = null, bool Alone = true);
