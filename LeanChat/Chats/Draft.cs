using System.Data.Common;
using LeanChat.Files;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>A message as a client sends it.</summary>
/// <param name="AttachmentIds">Files that its sender has uploaded for this chat, in the order they are shown.</param>
internal sealed record Draft(string? Content, string? ClientId, IReadOnlyList<string>? AttachmentIds = null)
{
    private const int MaxFiles = 10;

    /// <summary>The words, without U+0000.</summary>
    public string? Content { get; } = NullCharacter.Drop(Content);

    /// <summary>Whether files come with it.</summary>
    public bool HasFiles => AttachmentIds is { Count: > 0 };

    /// <summary>Whether it can be found again.</summary>
    public bool HasGoodClientId => ClientId is not null && Chats.Content.IsClientId(ClientId);

    /// <summary>No words and no files.</summary>
    public bool IsBlank => !HasFiles && Blank.Is(Content);

    /// <summary>What is stored: no words beside files may be missing altogether.</summary>
    public string Text => Content ?? "";

    /// <summary>Why it is not valid, whatever is stored already; null if it is.</summary>
    public ApiError? Complaint(int longest) =>
        ClientId is not null && !HasGoodClientId
            ? ApiError.BadRequest("A client_id must have 1 to 64 printable ASCII characters.")
        : AttachmentIds?.Contains(null!) == true ? ApiError.BadRequest("attachment_ids must be a list of ids.")
        : HasFiles && Blank.Is(Content) ? null
        : Chats.Content.Complaint(Content, longest);

    /// <summary>Whether a stored message says the same, with the same files in any order.</summary>
    public bool IsIn(SupportMessage sent) => sent.Content == Text && HasFilesOf(sent);

    /// <summary>Whether a stored message has the same files, in any order.</summary>
    public bool HasFilesOf(SupportMessage sent) =>
        sent.Attachments.Select(file => file.Id).Order(StringComparer.Ordinal)
            .SequenceEqual((AttachmentIds ?? []).Order(StringComparer.Ordinal));

    /// <summary>Its files; an error if one of them cannot be sent, or stands twice.</summary>
    public Outcome<IReadOnlyList<Attachment>> FindFiles(DbConnection connection, FileAddresses addresses, Chat chat, Sender sender)
    {
        if (!HasFiles)
            return Outcome<IReadOnlyList<Attachment>>.Of([]);
        if (AttachmentIds!.Count > MaxFiles || AttachmentIds.Distinct(StringComparer.Ordinal).Count() < AttachmentIds.Count)
            return ApiError.UnknownAttachment;
        var files = new List<Attachment>();
        foreach (var id in AttachmentIds)
        {
            if (AttachmentStore.FindUnused(connection, chat.Row, sender.Type, sender.Id, id) is not { } file)
                return ApiError.UnknownAttachment;
            files.Add(addresses.With(file));
        }

        return Outcome<IReadOnlyList<Attachment>>.Of(files);
    }
}
