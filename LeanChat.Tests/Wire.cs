using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>JSON as the contract spells it.</summary>
internal static class Wire
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
    };

    public static async Task<Reply> ReplyAsync(this HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            return new Reply(
                (int)response.StatusCode,
                text.Length > 0 && response.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text) : null,
                text,
                response);
        }
    }

    public static HttpContent Body(object body) => JsonContent.Create(body, body.GetType(), options: Options);
}

/// <summary>An answer: its status, its body as JSON and as text, its headers.</summary>
internal sealed record Reply(int Status, JsonNode? Json, string Text, HttpResponseMessage Response)
{
    public string? Error => (string?)Json?["error"];

    /// <summary>The address of the next page; null on the last one.</summary>
    public string? Next =>
        Header("Link") is { } link ? Regex.Match(link, "^<(.+)>; rel=\"next\"$").Groups[1].Value : null;

    /// <summary>Refused in words that a person can read, and that say nothing of the inside.</summary>
    public void ShouldBeRefused(int status, string code)
    {
        Status.Should().Be(status, Text);
        Error.Should().Be(code);
        Json!.AsObject().Select(each => each.Key).Should().BeEquivalentTo("error", "message");
        ((string)Json["message"]!).Should().EndWith(".").And.NotContainAny("Exception", "System.", "LeanChat.", "select ", " at /");
    }

    public string? Header(string name) =>
        Response.Headers.TryGetValues(name, out var values) || Response.Content.Headers.TryGetValues(name, out values)
            ? string.Join(", ", values)
            : null;

    /// <summary>The value of a cookie that was set; null when it was not.</summary>
    public string? Cookie(string name) =>
        Response.Headers.TryGetValues("Set-Cookie", out var all)
            ? all.FirstOrDefault(each => each.StartsWith(name + "=", StringComparison.Ordinal))?.Split(';')[0][(name.Length + 1)..]
            : null;
}
