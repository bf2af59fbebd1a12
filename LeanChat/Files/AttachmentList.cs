using System.Text.Json;
using System.Text.Json.Serialization;
using LeanChat.Web;

namespace LeanChat.Files;

/// <summary>The files of a message as its row keeps them: JSON, so that reading messages without files costs nothing.</summary>
internal static class AttachmentList
{
    /// <summary>Null for no files.</summary>
    public static string? Write(IReadOnlyList<Attachment> files) => files.Count == 0 ? null : JsonSerializer.Serialize(
        [.. files.Select(file => new KeptAttachment(file.Id, file.Name, file.Type, file.Size, file.Width, file.Height))],
        FilesJson.Strict.IReadOnlyListKeptAttachment);

    /// <summary>The files, each with today's address.</summary>
    public static IReadOnlyList<Attachment> Read(string? stored, FileAddresses addresses) => stored is null
        ? []
        : [.. JsonSerializer.Deserialize(stored, FilesJson.Strict.IReadOnlyListKeptAttachment)!.Select(addresses.With)];
}

/// <summary>The JSON shapes of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Attachment))]
[JsonSerializable(typeof(IReadOnlyList<KeptAttachment>))]
internal sealed partial class FilesJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly FilesJson Strict = new(StrictJson.NewOptions());
}
