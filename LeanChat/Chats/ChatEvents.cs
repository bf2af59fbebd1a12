using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>
/// What happens in chats, for rooms above this one. It is told inside the transaction in which it happens: whoever hears it writes it down
/// there, so that nothing is told that did not happen, and nothing that happened is left out.
/// </summary>
internal sealed class ChatEvents
{
    /// <summary>Raised inside the transaction.</summary>
    public event Action<Transaction, ChatEvent>? Happened;

    /// <summary>Raised inside the transaction when one chat is about to join another.</summary>
    public event Action<Transaction, Chat, Chat>? Joining;

    /// <summary>Whether anybody wants to hear. Asked first, so that a message costs nothing more where nobody does.</summary>
    public bool IsHeard { get; set; }

    /// <summary>Something has happened in a chat.</summary>
    public void Tell(Transaction tx, ChatEvent happened)
    {
        if (IsHeard)
            Happened?.Invoke(tx, happened);
    }

    /// <summary>The chat <paramref name="from"/> is about to join <paramref name="into"/>, and its user the other's.</summary>
    public void Join(Transaction tx, Chat from, Chat into)
    {
        if (IsHeard)
            Joining?.Invoke(tx, from, into);
    }
}

/// <summary>Something that happened in a chat.</summary>
/// <param name="Type">One of the names below.</param>
/// <param name="Chat">The chat as it is then; of an erased user, as it was.</param>
/// <param name="By">Who did it: the id of the user, admin or API token; null: nobody of these.</param>
/// <param name="Message">The message that was written or changed.</param>
internal sealed record ChatEvent(string Type, Chat Chat, string? By, SupportMessage? Message = null)
{
    public const string ChatCreated = "chat.created";
    public const string MessageCreated = "message.created";
    public const string MessageUpdated = "message.updated";
    public const string ChatArchived = "chat.archived";
    public const string ChatRestored = "chat.restored";
    public const string UserIdentified = "user.identified";
    public const string UserErased = "user.erased";
    public const string RatingCreated = "rating.created";
}
