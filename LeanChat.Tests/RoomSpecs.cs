using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>Who may know whom: the sources say it, and nothing else does.</summary>
public sealed partial class RoomSpecs
{
    /// <summary>Lowest first; rooms of one layer do not know each other.</summary>
    private static readonly string[][] Layers =
    [
        ["Text", "Transport", "Background"], ["Storage", "Live"], ["Configuration"], ["People"], ["Web"], ["Files", "Mail", "Push"],
        ["Chats"], ["Admins"], ["Hooks", "Dialects"],
        ["Pages", "Operations"], ["Cli"],
    ];

    private static string Repository => Path.GetFullPath(Path.Combine(Here(), "../.."));

    private static string Product => Path.Combine(Repository, "LeanChat");

    public static TheoryData<string> Files => [.. Sources().Select(file => Path.GetRelativePath(Product, file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_room_names_only_rooms_below_it(string file)
    {
        var (room, code) = Read(file);
        if (room.Length == 0)
            return;
        var top = room.Split('/')[0];
        var layer = Array.FindIndex(Layers, rooms => rooms.Contains(top));
        layer.Should().BeGreaterThanOrEqualTo(0, $"{top} has its place among the rooms");
        var below = Layers.Take(layer).SelectMany(rooms => rooms).Append(top).ToArray();

        foreach (var named in Rooms().Except(below))
            Regex.IsMatch(code, $@"(?<![\w.])(LeanChat\.)?{named}\s*[.;]\s*(?=[A-Z]|\r?$|\s)", RegexOptions.Multiline)
                .Should().BeFalse($"{file} is not to name {named}");
    }

    [Fact]
    public void Nothing_but_the_wiring_lies_outside_the_rooms() =>
        Directory.GetFiles(Product, "*.cs").Select(Path.GetFileName).Should().Equal("Program.cs");

    [Theory]
    [MemberData(nameof(Files))]
    public void A_namespace_is_its_folder(string file)
    {
        var (room, code) = Read(file);
        var match = NamespaceLine().Match(code);
        if (match.Success)
            match.Groups[1].Value.Should().Be(room.Length == 0 ? "LeanChat" : "LeanChat." + room.Replace('/', '.'));
        else
            Types().IsMatch(code).Should().BeFalse($"{file} has types and no namespace");
    }

    [Theory]
    [InlineData("MailKit", "Mail/")]
    [InlineData("MimeKit", "Mail/")]
    [InlineData("Serilog", "Program.cs")]
    [InlineData("Microsoft.Data.Sqlite", "Storage/")]
    [InlineData("SQLitePCL", "Storage/")]
    [InlineData("Microsoft.IdentityModel", "People/")]
    public void A_library_is_known_in_one_place(string library, string place)
    {
        foreach (var file in Sources().Select(each => Path.GetRelativePath(Product, each)).Where(
            each => !each.StartsWith(place, StringComparison.Ordinal)))
            Read(file).Code.Should().NotContain(library + ".", $"{file} is not to know {library}")
                .And.NotContain(library + ";", $"{file} is not to know {library}");
    }

    [Fact]
    public void What_goes_live_knows_no_JSON_no_SQL_and_no_HTTP()
    {
        foreach (var file in Sources().Select(each => Path.GetRelativePath(Product, each)).Where(each => RoomOf(each) == "Live"))
            Read(file).Code
                .Should().NotContainAny("Json", "Dapper", "System.Data", "HttpContext", "Microsoft.AspNetCore", "System.Net.Http");
    }

    [Fact]
    public void What_stores_knows_no_chat()
    {
        foreach (var file in Sources().Select(each => Path.GetRelativePath(Product, each)).Where(
            each => RoomOf(each).StartsWith("Storage", StringComparison.Ordinal)))
            Read(file).Code.Should().NotContainAny("support_", "sessions", "letters", "HttpContext", "Json");
    }

    [Fact]
    public void There_is_no_room_for_what_has_found_no_duty()
    {
        Directory.GetDirectories(Product, "*", SearchOption.AllDirectories).Select(Path.GetFileName)
            .Should().NotContain(["Services", "Helpers", "Extensions", "Common", "Utils", "Managers", "Models", "Dtos"]);
        Sources().SelectMany(file => Types().Matches(Bare(File.ReadAllText(file)))).Select(type => type.Groups[1].Value)
            .Should().NotContain(name => Dutiless().IsMatch(name));
        Rooms().Should().BeSubsetOf(Layers.SelectMany(rooms => rooms), "a new room has its place in this test");
    }

    public static TheoryData<string> Pages =>
    [
        "widget.js", "panel.js", "stream.js", "links.js", "attachments.js", "admin.html",
        "LeanChat/Pages/chat.html", "LeanChat/Pages/demo.html",
        .. Modules.Keys.Select(name => "dashboard/" + name),
    ];

    /// <summary>The dashboard's modules by file name.</summary>
    private static Dictionary<string, string> Modules =>
        Directory.GetFiles(Path.Combine(Repository, "dashboard")).ToDictionary(file => Path.GetFileName(file), File.ReadAllText);

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_pages_make_no_markup_out_of_text_and_keep_the_browsers_cache(string file)
    {
        var page = File.ReadAllText(Path.Combine(Repository, file));

        page.Should().NotContainAny(
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "sendBeacon", "\"unload\"",
            "'unload'", "onunload", "createContextualFragment", "setHTMLUnsafe", "javascript:", "srcdoc");
        InlineHandler().IsMatch(page).Should().BeFalse("handlers are added, not written into attributes");
    }

    [Fact]
    public void The_dashboards_modules_can_be_read()
    {
        Modules.Should().HaveCountGreaterThan(20).And.ContainKey("main.js");
        string[] shared = ["panel.js", "stream.js", "links.js", "attachments.js"];
        var texts = shared.ToDictionary(name => name, name => File.ReadAllText(Path.Combine(Repository, name)));
        foreach (var (name, source) in Modules.Concat(texts))
        {
            var lines = source.Split('\n');
            lines[0].Should().Be("// @ts-check", name);
            lines.Should().OnlyContain(line => line.Length <= 140, $"{name} has no line of more than 140 columns");
            foreach (Match @class in Classes().Matches(source))
                @class.Value.Split('\n')
                    .Should().HaveCountLessThanOrEqualTo(151, $"{@class.Groups[1].Value} in {name} is small enough to be one thing");
        }
    }

    [Fact]
    public void The_product_is_read_at_all()
    {
        // Otherwise all of the above would be true of nothing.
        Sources().Should().HaveCountGreaterThan(40);
        Rooms().Should().BeEquivalentTo(Layers.SelectMany(rooms => rooms));
    }

    private static IEnumerable<string> Sources() => Directory.GetFiles(Product, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Regex.IsMatch(Path.GetRelativePath(Product, file), @"^(bin|obj)[/\\]"));

    private static string[] Rooms() =>
        [.. Directory.GetDirectories(Product).Select(folder => Path.GetFileName(folder)!).Except(["bin", "obj", "Properties", "data"])];

    private static string RoomOf(string file) => (Path.GetDirectoryName(file) ?? "").Replace('\\', '/');

    private static (string Room, string Code) Read(string file) => (RoomOf(file), Bare(File.ReadAllText(Path.Combine(Product, file))));

    /// <summary>Code without comments and strings: those may speak of anything.</summary>
    private static string Bare(string code) => Unsaid().Replace(code, match => match.Value.StartsWith('/') ? "" : "\"\"");

    private static string Here([CallerFilePath] string file = "") => file;

    [GeneratedRegex("\"\"\"[\\s\\S]*?\"\"\"|@?\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])'|//[^\\n]*|/\\*[\\s\\S]*?\\*/")]
    private static partial Regex Unsaid();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(
        @"^(?:internal|public)(?: static| sealed| abstract| partial| readonly| ref)* "
        + @"(?:class|record struct|record|struct|enum|interface) (\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex("(Service|Manager|Helper|Helpers|Util|Utils|Handler|Info|Dto)$")]
    private static partial Regex Dutiless();

    [GeneratedRegex(@"^(?:export )?class (\w+).*?^\}$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Classes();

    [GeneratedRegex(@"<[a-z][^<>]*\son[a-z]+\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineHandler();
}
