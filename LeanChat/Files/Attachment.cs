namespace LeanChat.Files;

/// <summary>A file of a message.</summary>
/// <param name="Type">Its media type, as its bytes say.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Width">Of a picture, as it is shown; null where its first 64 KiB do not tell.</param>
/// <param name="Url">Where its bytes are: a path, good for some days.</param>
internal sealed record Attachment(string Id, string Name, string Type, long Size, int? Width, int? Height, string Url);

/// <summary>The same as a message keeps it: without its address, which changes from day to day.</summary>
internal sealed record KeptAttachment(string Id, string Name, string Type, long Size, int? Width, int? Height);
