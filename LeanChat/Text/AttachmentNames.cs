using System.Text;
using System.Text.Json;

namespace LeanChat.Text;

/// <summary>The names of files in the list that a message keeps: all that letters, notifications and the search need of it.</summary>
internal static class AttachmentNames
{
    /// <summary>Their names in order; none for null.</summary>
    public static List<string> In(string? list)
    {
        var names = new List<string>();
        if (list is null)
            return names;
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(list));
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals("name"u8))
                continue;
            json.Read();
            names.Add(json.GetString()!);
        }

        return names;
    }

    /// <summary>A message as text: its words, then the names of its files, each on a line.</summary>
    public static string Beside(string content, string? list) => list is null
        ? content
        : string.Join('\n', (string[])[.. Blank.Is(content) ? [] : (string[])[content], .. In(list).Select(name => "📎 " + name)]);

    /// <summary>A message in one piece: its words, or the name of its first file.</summary>
    public static string Instead(string content, string? list) =>
        Blank.Is(content) && In(list) is [var first, ..] ? first : content;
}
