using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>The served OpenAPI document, and what it says of an answer: stricter than JSON Schema, for a property that
/// it does not name is a fault.</summary>
internal sealed class ApiDocument(JsonNode root)
{
    /// <summary>Every operation as `GET /path`, with what describes it; references followed.</summary>
    public IEnumerable<(string Route, JsonNode Operation)> Operations =>
        from path in root["paths"]!.AsObject()
        from operation in Follow(path.Value!).AsObject()
        where operation.Key is "get" or "put" or "post" or "patch" or "delete"
        select ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!);

    /// <summary>Everything that a reference in the document points to nowhere.</summary>
    public IEnumerable<string> Loose() =>
        from name in References(root)
        where Find(name) is null
        select name;

    /// <summary>What an answer has that the document does not say, and the other way round.</summary>
    public IEnumerable<string> Faults(string route, Reply reply)
    {
        var operation = Operations.Single(each => each.Route == route).Operation;
        if (operation["responses"]![$"{reply.Status}"] is not { } response)
            return [$"{route} answers {reply.Status}, which is not documented: {reply.Text}"];
        var content = Follow(response)["content"]?.AsObject();
        var type = reply.Response.Content.Headers.ContentType?.MediaType;
        if (content is null)
            return reply.Text.Length > 0 && reply.Status != 101
                ? [$"{route} answers {reply.Status} with a body, which is not documented"]
                : [];
        if (type is null || content[type] is not { } body)
            return [$"{route} answers {reply.Status} as {type}, which is not documented"];
        return type.EndsWith("json", StringComparison.Ordinal)
            ? Faults(JsonNode.Parse(reply.Text), body["schema"]!, $"{route} {reply.Status}")
            : [];
    }

    /// <summary>The same for a frame of a socket.</summary>
    public IEnumerable<string> Faults(string schema, JsonNode? value) => Faults(value, root["components"]!["schemas"]![schema]!, schema);

    private List<string> Faults(JsonNode? value, JsonNode unresolved, string at)
    {
        var schema = Follow(unresolved);
        var faults = new List<string>();
        if (schema["anyOf"] is JsonArray choices)
        {
            var tried = choices.Select(choice => Faults(value, choice!, at)).ToList();
            return tried.Any(each => each.Count == 0) ? [] : tried.MinBy(each => each.Count)!;
        }

        var kind = Kind(value);
        if (schema["const"] is { } constant && !JsonNode.DeepEquals(constant, value))
            faults.Add($"{at} is {value} instead of {constant}");
        if (schema["type"] is { } type && !(type is JsonArray many ? many.Select(each => (string)each!) : [(string)type!]).Contains(kind))
            faults.Add($"{at} is {kind} instead of {type.ToJsonString()}");
        if (schema["enum"] is JsonArray values && !values.Any(each => JsonNode.DeepEquals(each, value)))
            faults.Add($"{at} is {value?.ToJsonString()}, none of {values.ToJsonString()}");
        if (schema["pattern"] is { } pattern && value is not null && !Regex.IsMatch((string)value!, (string)pattern!))
            faults.Add($"{at} is {value}, which does not look like {pattern}");
        if ((string?)schema["format"] == "uuid" && value is not null && !Guid.TryParse((string)value!, out _))
            faults.Add($"{at} is {value}, which is no UUID");
        if (value is JsonObject fields)
            faults.AddRange(FieldFaults(fields, schema, at));
        if (value is JsonArray items && schema["items"] is { } item)
            faults.AddRange(items.SelectMany((each, index) => Faults(each, item, $"{at}[{index}]")));
        return faults;
    }

    private IEnumerable<string> FieldFaults(JsonObject fields, JsonNode schema, string at)
    {
        var (known, others) = (schema["properties"]?.AsObject(), schema["additionalProperties"]);
        foreach (var name in schema["required"]?.AsArray().Select(each => (string)each!) ?? [])
        {
            if (!fields.ContainsKey(name))
                yield return $"{at}.{name} is not there";
        }

        foreach (var (name, field) in fields)
        {
            if ((known?[name] ?? others) is { } described)
            {
                foreach (var fault in Faults(field, described, $"{at}.{name}"))
                    yield return fault;
            }
            else if (known is not null)
            {
                yield return $"{at}.{name} is not documented";
            }
        }
    }

    private static string Kind(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "null",
        System.Text.Json.JsonValueKind.Object => "object",
        System.Text.Json.JsonValueKind.Array => "array",
        System.Text.Json.JsonValueKind.String => "string",
        System.Text.Json.JsonValueKind.Number => "integer",
        _ => "boolean",
    };

    private JsonNode Follow(JsonNode node) => (string?)(node as JsonObject)?["$ref"] is { } name
        ? Find(name) ?? throw new InvalidOperationException($"{name} leads nowhere.")
        : node;

    /// <summary>What a JSON pointer (RFC 6901) points to.</summary>
    private JsonNode? Find(string name) => name.Split('/').Skip(1).Aggregate(
        (JsonNode?)root,
        (node, part) => node?[part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)]);

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject fields =>
            fields.SelectMany(field => field is { Key: "$ref", Value: JsonValue name } ? [(string)name!] : References(field.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}
