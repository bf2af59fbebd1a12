using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>What stories of files do again and again.</summary>
internal static class FileStories
{
    /// <summary>Uploads a file; <paramref name="chunked"/>: without saying how long it is.</summary>
    public static Task<Reply> UploadAsync(this Visitor visitor, byte[] bytes, string? name = "photo.png", bool chunked = false) =>
        visitor.RequestAsync(HttpMethod.Post, "/attachments" + Query(name), Content(bytes, chunked));

    public static Task<Reply> UploadAsync(this Admin admin, string chatId, byte[] bytes, string? name = "photo.png") =>
        admin.RequestAsync(HttpMethod.Post, $"/chats/{chatId}/attachments{Query(name)}", Content(bytes, false));

    /// <summary>Uploads a file that is taken; tells its id.</summary>
    public static async Task<string> UploadedAsync(this Visitor visitor, byte[] bytes, string name = "photo.png") =>
        Id(await visitor.UploadAsync(bytes, name));

    public static async Task<string> UploadedAsync(this Admin admin, string chatId, byte[] bytes, string name = "photo.png") =>
        Id(await admin.UploadAsync(chatId, bytes, name));

    /// <summary>Sends files with a message.</summary>
    public static Task<Reply> SendFilesAsync(this Visitor visitor, string content, string? clientId, params string[] ids) =>
        visitor.RequestAsync(HttpMethod.Post, "/messages", new { content, client_id = clientId, attachment_ids = ids });

    public static Task<Reply> SendFilesAsync(this Admin admin, string chatId, string content, string? clientId, params string[] ids) =>
        admin.PostAsync($"/chats/{chatId}/messages", new { content, client_id = clientId, attachment_ids = ids });

    /// <summary>Uploads a file and sends it; tells its address.</summary>
    public static async Task<string> SendFileAsync(this Visitor visitor, byte[] bytes, string name = "photo.png", string content = "")
    {
        var sent = await visitor.SendFilesAsync(content, null, await visitor.UploadedAsync(bytes, name));
        sent.Status.Should().Be(201, sent.Text);
        return Address(sent.Json!);
    }

    /// <summary>The address of a message's first file.</summary>
    public static string Address(JsonNode message) => (string)message["attachments"]![0]!["url"]!;

    /// <summary>Asks for a file as a page of another website would: without a session.</summary>
    public static async Task<(int Status, byte[] Bytes, HttpResponseMessage Response)> FetchAsync(
        this LeanChatServer server, string address, HttpMethod? method = null, params (string Name, string Value)[] headers)
    {
        using var client = server.Client();
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, address);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var response = await client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response);
    }

    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values)
            ? string.Join(", ", values)
            : null;

    private static string Id(Reply reply)
    {
        reply.Status.Should().Be(201, reply.Text);
        return (string)reply.Json!["id"]!;
    }

    private static string Query(string? name) => name is null ? "" : "?name=" + Uri.EscapeDataString(name);

    private static HttpContent Content(byte[] bytes, bool chunked) =>
        chunked ? new StreamContent(new OneWayStream(bytes)) : new ByteArrayContent(bytes);

    private sealed class OneWayStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
