namespace LeanChat.Bench;

/// <summary>Replaces the table between two marks in a README.</summary>
internal static class Readme
{
    private const string Begin = "<!-- flood -->\n", End = "<!-- /flood -->";

    public static void Write(string path, string table)
    {
        var text = File.ReadAllText(path);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new InvalidDataException($"{path} lacks the marks for the table: {Begin.Trim()} … {End}");
        File.WriteAllText(path, text[..(begin + Begin.Length)] + table + text[end..]);
    }
}
