using System.Text.Json.Serialization;
using LeanChat.Live;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>A frame that a client sends: an action and its parameters. Unknown keys are ignored.</summary>
internal sealed record ClientFrame(
    string? Action, string? Token, long? After, string? Content, string? ClientId, IReadOnlyList<string>? AttachmentIds,
    string? Url, string? Title, string? Referrer, string? Locale, string? TimeZone, string? Language, bool? Visible)
{
    /// <summary>
    /// For a protocol that acknowledges each message: gets the stored message, or why it was not stored. It must not wait. Null: the
    /// echo is the answer.
    /// </summary>
    [JsonIgnore]
    public Action<Outcome<SupportMessage>>? Acknowledge { get; init; }

    /// <summary>Null for anything but one JSON object of the right shape without duplicate keys.</summary>
    public static ClientFrame? Read(ReadOnlyMemory<byte> utf8) => StrictJson.TryRead(utf8, ChatJson.Strict.ClientFrame);

    /// <summary>The client id, to be echoed in an error; null if it is not valid.</summary>
    public string? SafeClientId() => ClientId is { } id && Chats.Content.IsClientId(id) ? id : null;

    /// <summary>Answers that it was not done.</summary>
    public void Refuse(Mailbox mailbox, ApiError error)
    {
        if (Acknowledge is { } acknowledge)
            acknowledge(error);
        else
            mailbox.Post(SocketFrames.Error(error, SafeClientId()));
    }
}
