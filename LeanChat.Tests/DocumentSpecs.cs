using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Live;

namespace LeanChat.Tests;

/// <summary>The documents say what the product does, no more and no less; what they name is there.</summary>
public sealed partial class DocumentSpecs
{
    /// <summary>Close codes that are none of ours: the reader's own words for a breach of the protocol, and what browsers say.</summary>
    private static readonly int[] SaidByOthers = [1001, 1002, 1006, 1007];

    private const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Markdown Protocol = new("docs/protocol.md");

    private static readonly JsonNode OpenApi =
        JsonNode.Parse(File.ReadAllText(Path.Combine(Markdown.Repository, "LeanChat/Pages/openapi.json")))!;

    private static readonly ILookup<string, Type> Types = new[] { typeof(Program), typeof(DocumentSpecs), typeof(Proof.Claim) }
        .SelectMany(each => each.Assembly.GetTypes()).ToLookup(type => type.Name.Split('`')[0]);

    public static TheoryData<string> Documents =>
        [.. Files("*.md", "docs").Concat(["README.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md"])];

    /// <summary>Those that speak of the sources by name.</summary>
    public static TheoryData<string> Guides =>
        [.. Files("*.md", "docs/decisions").Concat(["docs/architecture.md", "docs/glossary.md", "CONTRIBUTING.md"])];

    [Fact]
    public void Every_route_is_in_the_protocol_and_no_other()
    {
        var described = Protocol.Codes.Select(code => Route().Match(code))
            .Where(route => route.Success).Select(route => $"{route.Groups[1]} {route.Groups[2]}");
        var there = new ApiDocument(OpenApi).Operations.Select(operation => WithoutAlias(operation.Route));

        Settle(described).Should().BeEquivalentTo(Settle(there));
        Protocol.Codes.Should().Contain([.. ChatApi.Prefixes, "/admin", "/api/admin"]);
    }

    [Fact]
    public void Every_action_is_in_the_protocol_and_no_other()
    {
        var heard = Sources("LeanChat/Chats", "LeanChat/Admins")
            .SelectMany(code => Actions().Matches(code)).Select(action => action.Groups[1].Value + action.Groups[2].Value);

        Settle(Protocol.Names("Client to server"))
            .Should().BeEquivalentTo(Settle(heard)).And.BeEquivalentTo(Settle(OpenApiFrames("action").Select(frame => frame.Name)));
    }

    [Fact]
    public void Every_frame_is_in_the_protocol_and_no_other()
    {
        var said = Sources("LeanChat").SelectMany(code => FrameTypes().Matches(code)).Select(type => type.Groups[1].Value);

        Settle(Protocol.Names("Server to client"))
            .Should().BeEquivalentTo(Settle(said)).And.BeEquivalentTo(Settle(OpenApiFrames("type").Select(frame => frame.Name)));
    }

    [Theory]
    [InlineData("Client to server", "action")]
    [InlineData("Server to client", "type")]
    public void Every_field_of_a_frame_is_in_the_protocol_and_no_other(string heading, string tag)
    {
        var described =
            from row in Protocol.Rows(heading)
            from field in Markdown.CodesOf(row[1])
            select $"{row[0].Trim('`')}.{field}";
        var there =
            from frame in OpenApiFrames(tag)
            from field in frame.Fields
            where field != tag
            select $"{frame.Name}.{field}";

        Settle(described).Should().BeEquivalentTo(Settle(there));
    }

    [Fact]
    public void Every_shape_has_the_fields_that_the_OpenAPI_document_gives_it()
    {
        var shapes = Interfaces().Matches(Protocol.Text);

        shapes.Should().HaveCountGreaterThan(5);
        foreach (Match shape in shapes)
        {
            var schema = OpenApi["components"]!["schemas"]![shape.Groups[1].Value];
            schema.Should().NotBeNull(shape.Groups[1].Value);
            var required = schema!["required"]!.AsArray().Select(name => (string)name!).ToHashSet();
            var fields = schema["properties"]!.AsObject().Select(field => field.Key + (required.Contains(field.Key) ? "" : "?"));
            Fields().Matches(shape.Groups[2].Value).Select(field => field.Groups[1].Value)
                .Should().BeEquivalentTo(fields, shape.Groups[1].Value);
        }
    }

    [Fact]
    public void Every_close_code_is_in_the_protocol_and_no_other()
    {
        var said = typeof(CloseReason).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (int)((CloseReason)field.GetValue(null)!).Code);

        Protocol.Names("Close codes").Select(int.Parse).Should().BeEquivalentTo(said.Concat(SaidByOthers).Distinct());
    }

    [Fact]
    public void Every_error_is_in_the_protocol_and_no_other()
    {
        var said = Sources("LeanChat").SelectMany(code => Errors().Matches(code))
            .Select(error => $"{error.Groups[2]} {error.Groups[1]}").Distinct();

        Protocol.Rows("Errors").Select(row => $"{row[0].Trim('`')} {row[1]}").Should().BeEquivalentTo(said);
    }

    [Fact]
    public void Every_limit_is_in_the_protocol_with_its_default_and_no_other()
    {
        var there = Settings.All.Where(setting => setting.Key.StartsWith("Limits:", StringComparison.Ordinal));

        Protocol.Rows("Limits").Select(row => $"{row[0]} {row[1]}")
            .Should().BeEquivalentTo(there.Select(setting => $"`{setting.Key}` `{setting.Default}`"));
    }

    [Theory]
    [MemberData(nameof(Guides))]
    public void What_a_guide_names_is_there(string document)
    {
        var codes = new Markdown(document).Codes;

        codes.Where(code => FilePath().IsMatch(code) && !IsThere(code))
            .Should().BeEmpty("{0} names files and folders that there are", document);
        codes.Where(code => Member().IsMatch(code) && !Has(code.Split('.')[0], code.Split('.')[1]))
            .Should().BeEmpty("{0} names what is declared", document);
        codes.Where(code => Word().IsMatch(code) && !IsDeclared(code)).Should().BeEmpty("{0} names what is declared", document);
    }

    [Fact]
    public void Every_story_that_a_document_names_is_there()
    {
        string[] documents = ["SECURITY.md", "docs/asvs.md"];
        var named = documents.Select(document => new Markdown(document).Text).ToList();

        var stories = named.SelectMany(text => Stories().Matches(text)).SelectMany(match => Markdown.CodesOf(match.Groups[2].Value)
            .Where(code => StoryName().IsMatch(code)).Select(code => (Specs: match.Groups[1].Value, Name: code))).ToList();

        stories.Should().HaveCountGreaterThan(10);
        stories.Where(story => !HasStory(story.Specs, story.Name)).Should().BeEmpty();
        named.SelectMany(text => SpecsNames().Matches(text)).Select(specs => specs.Value).Distinct().Where(name => !Types.Contains(name))
            .Should().BeEmpty();
    }

    [Fact]
    public void Every_thread_of_ours_is_in_the_architecture_by_its_name()
    {
        var there = Sources("LeanChat").SelectMany(code => Threads().Matches(code))
            .Select(thread => Regex.Replace(thread.Groups[1].Value, @"\{\w+\}", "N"));

        new Markdown("docs/architecture.md").Rows("Threads, and what may block them").Select(row => row[0])
            .Where(name => name.StartsWith('`')).Select(name => name.Trim('`')).Should().BeEquivalentTo(there);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_somewhere(string document) => new Markdown(document).DeadLinks().Should().BeEmpty();

    private static IEnumerable<string> Settle(IEnumerable<string> names) =>
        names.Distinct().Order(StringComparer.Ordinal);

    private static string WithoutAlias(string route)
    {
        foreach (var prefix in ChatApi.Prefixes.Skip(1))
            route = Regex.Replace(route, $"(?<= ){prefix}(?=/|$)", ChatApi.Prefixes[0]);
        return Regex.Replace(route, "(?<= )/api/admin(?=/|$)", "/admin");
    }

    /// <summary>The frames of a socket as the OpenAPI document has them: those with an `action` or those with a `type`.</summary>
    private static IEnumerable<(string Name, IEnumerable<string> Fields)> OpenApiFrames(string tag) =>
        from schema in OpenApi["components"]!["schemas"]!.AsObject()
        from shape in schema.Value!["anyOf"] is JsonArray several ? [.. several.Select(each => each!)] : new[] { schema.Value! }
        let properties = shape["properties"]?.AsObject()
        where properties?[tag]?["const"] is not null
        select ((string)properties[tag]!["const"]!, properties.Select(property => property.Key));

    private static IEnumerable<string> Sources(params string[] folders) =>
        folders.SelectMany(folder => Files("*.cs", folder)).Select(file => File.ReadAllText(Path.Combine(Markdown.Repository, file)));

    private static IEnumerable<string> Files(string pattern, string folder) =>
        Directory.GetFiles(Path.Combine(Markdown.Repository, folder), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Markdown.Repository, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/bin/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal));

    /// <summary>Named from the repository's folder, or from the product's.</summary>
    private static bool IsThere(string path) =>
        Path.Exists(Path.Combine(Markdown.Repository, path)) || Path.Exists(Path.Combine(Markdown.Repository, "LeanChat", path));

    /// <summary>A name may be cut short by an ellipsis.</summary>
    private static bool HasStory(string specs, string name) => Types[specs].SelectMany(type => type.GetMethods(Any))
        .Any(method => name.EndsWith('…') ? method.Name.StartsWith(name.TrimEnd('…'), StringComparison.Ordinal) : method.Name == name);

    private static bool Has(string type, string member) => Types[type].Any(each => each.GetMember(member, Any).Length > 0);

    /// <summary>A type or a member of ours, or a type of the platform.</summary>
    private static bool IsDeclared(string name) =>
        Types.Contains(name) || Types.SelectMany(each => each).Any(type => type.GetMember(name, Any).Length > 0)
        || AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic)
            .SelectMany(assembly => assembly.GetExportedTypes()).Any(type => type.Name == name);

    [GeneratedRegex(@"^(GET|POST|PUT|PATCH|DELETE) (/[^\s?]*)")]
    private static partial Regex Route();

    [GeneratedRegex(@"\(""(\w+)"", (?:_|null|\{[^}]*\})\) =>|\bAction: ""(\w+)""")]
    private static partial Regex Actions();

    [GeneratedRegex(@"new \w+Frame\(\s*""(\w+)""")]
    private static partial Regex FrameTypes();

    [GeneratedRegex(@"new(?: ApiError)?\((\d{3}), ""(\w+)""")]
    private static partial Regex Errors();

    [GeneratedRegex(@"^interface (\w+) \{\n(.*?)\n\}", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Interfaces();

    [GeneratedRegex(@"^ +(\w+\??):", RegexOptions.Multiline)]
    private static partial Regex Fields();

    /// <summary>A class of stories and, in parentheses, some of them.</summary>
    [GeneratedRegex(@"(\w+Specs) \(([^()]*)\)")]
    private static partial Regex Stories();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*(?:_\\w+)+_?…?$")]
    private static partial Regex StoryName();

    [GeneratedRegex(@"\b\w+Specs\b")]
    private static partial Regex SpecsNames();

    [GeneratedRegex(@"new Thread\(\w+\) \{ Name = \$?""([^""]+)""")]
    private static partial Regex Threads();

    /// <summary>A folder, or a file of the repository; not a route, which begins with a slash.</summary>
    [GeneratedRegex(@"^[\w.-]+(?:/[\w.-]*)+$|^[\w.-]+\.(?:cs|csproj|css|html|js|json|md|props|sh|sln|sql|yml)$")]
    private static partial Regex FilePath();

    [GeneratedRegex(@"^[A-Z]\w+\.[A-Z]\w+$")]
    private static partial Regex Member();

    [GeneratedRegex("^[A-Z][a-z]+(?:[A-Z][a-z]+)+$")]
    private static partial Regex Word();
}
