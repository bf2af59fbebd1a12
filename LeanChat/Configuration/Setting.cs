using System.Globalization;
using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Configuration;

/// <summary>One setting: its key under `LeanChat:`, default, kind and meaning.</summary>
/// <param name="Owner">True: the owner may change it in the dashboard while the server runs.</param>
internal sealed record Setting(string Key, string Default, SettingKind Kind, string Meaning, bool Owner = false, string[]? Choices = null)
{
    /// <summary>The value of <see cref="SettingKind.Proxies"/> that trusts no proxy.</summary>
    public const string Nobody = "none";

    /// <summary>Whether its value is secret: stored sealed, never sent, never quoted in an error.</summary>
    public bool IsSecret => Kind is SettingKind.Secret or SettingKind.Password;

    /// <summary>What is between the items of a list, where it is written as one text.</summary>
    public char Separator => Kind is SettingKind.Greetings or SettingKind.Questions ? '\n' : ',';

    /// <summary>A valid value in the one spelling that the rest of the product knows: choices and flags are taken in any case.</summary>
    public string Normal(string value) => Kind switch
    {
        SettingKind.Choice => Choices!.Single(choice => choice.Equals(value, StringComparison.OrdinalIgnoreCase)),
        SettingKind.Flag => value.ToLowerInvariant(),
        _ => value,
    };

    /// <summary>What is wrong with a value, as the end of a sentence about it; null when it is valid.</summary>
    public string? Complaint(string value) => value.Length == 0 && Default.Length == 0 ? null : Kind switch
    {
        SettingKind.Text or SettingKind.Password => value.Length <= 1000 ? null : "must have at most 1,000 characters",
        SettingKind.Secret => value.Length >= 32 ? null : "must have at least 32 characters",
        SettingKind.Choice => Choices!.Contains(value, StringComparer.OrdinalIgnoreCase)
            ? null
            : $"must be one of {string.Join(", ", Choices!)}",
        SettingKind.Flag => bool.TryParse(value, out _) ? null : "must be true or false",
        SettingKind.Count => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? null
            : "must be a whole number, 0 or more",
        SettingKind.Size => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size <= 1L << 50
            ? null
            : "must be a whole number of bytes, 0 or more",
        SettingKind.MediaTypes => MediaTypes.Complaint(value),
        SettingKind.Scanner => Regex.Match(value, @"^(/.+|(\[[0-9a-fA-F:.]+\]|[^\s/:]+):(?<port>[0-9]+))$") is { Success: true } match
            && (!match.Groups["port"].Success || IsPort(match.Groups["port"].Value))
            ? null
            : "must be host:port, or the path of a socket",
        SettingKind.Port => IsPort(value) ? null : "must be a port from 1 to 65535",
        SettingKind.Duration => value.Contains(':') && TimeSpan.TryParseExact(value, "c", CultureInfo.InvariantCulture, out var time)
            && time > TimeSpan.Zero ? null : "must be a duration like 00:05:00, longer than zero",
        SettingKind.Colour => Regex.IsMatch(value, "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$") ? null : "must be a colour like #1F5FBF",
        SettingKind.Url => Settings.IsWebAddress(value) ? null : "must be an address like https://chat.example.com",
        SettingKind.Origins => Settings.SplitList(value).All(each => Settings.IsWebAddress(each) && new Uri(each).AbsolutePath == "/")
            ? null
            : "must be origins like https://www.example.com, separated by commas",
        SettingKind.Proxies when value.Equals(Nobody, StringComparison.OrdinalIgnoreCase) => null,
        SettingKind.Proxies => Settings.SplitList(value).All(AddressList.IsEntry)
            ? null
            : "must be IP addresses or networks like 10.0.0.0/8, separated by commas, or none",
        SettingKind.Addresses => Settings.SplitList(value).All(AddressList.IsEntry)
            ? null
            : "must be IP addresses or networks like 10.0.0.0/8, separated by commas",
        SettingKind.Sender => EmailSender.TryParse(value) is not null
            ? null
            : "must be an e-mail address like help@shop.example or Shop <help@shop.example>",
        SettingKind.Email => EmailAddress.TryParse(value) is not null ? null : "must be an e-mail address like help@shop.example",
        SettingKind.HostName => LeanChat.Text.HostName.IsValid(value) ? null : "must be a host name like chat.example.com",
        SettingKind.TimeZone => TimeZoneInfo.TryFindSystemTimeZoneById(value, out _) ? null : "must be a time zone like Europe/Berlin",
        SettingKind.Locale => Regex.IsMatch(value, "^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$") ? null : "must be a language like en or pt-BR",
        SettingKind.Greetings => Greeting.Complaint(value),
        SettingKind.Questions => Settings.SplitLines(value) is { Length: <= 3 } lines && lines.All(line => Excerpt.CodePoints(line) <= 200)
            ? null
            : "must have at most 3 lines of at most 200 characters",
        SettingKind.Hours => OpeningHoursParser.Parse(value, out var trouble) is not null
            ? null
            : $"must be opening hours like {OpeningHoursParser.Example}; {trouble}",
        _ => throw new InvalidOperationException(),
    };

    private static bool IsPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535;
}

/// <summary>The form of a setting's value.</summary>
internal enum SettingKind
{
    Text,
    Secret,
    Password,
    Choice,
    Flag,
    Count,
    Size,
    MediaTypes,
    Scanner,
    Port,
    Duration,
    Colour,
    Url,
    Origins,
    Addresses,
    Proxies,
    Sender,
    Email,
    HostName,
    TimeZone,
    Locale,
    Hours,

    /// <summary>Lines; in configuration also an array of them.</summary>
    Greetings,

    /// <summary>The same.</summary>
    Questions,
}
