using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>What admins do to sort their work. Each command is one transaction, and every dashboard is told once that is on disk.</summary>
internal sealed class DeskCommands(
    Database database, Hub hub, ChatCommands chats, Ratings ratings, Outbox outbox, ChatEvents events, CurrentSettings settings)
{
    /// <summary>Archives or unarchives a chat. Doing it twice changes nothing.</summary>
    /// <param name="byId">The id of the admin or API token.</param>
    public Task<Outcome<SupportChatListItem>> ArchiveAsync(string chatId, bool archived, string byId) =>
        chats.ChangeAsync(chatId, (tx, chat) =>
        {
            if (archived == chat.ArchivedAt is not null)
                return chat;
            var after = chat with { ArchivedAt = archived ? tx.At : null, SnoozedUntil = archived ? null : chat.SnoozedUntil };
            ChatStore.SetArchived(tx, after);
            if (archived)
                ConversationStore.Archive(tx, after);
            ratings.Tell(tx, after);
            events.Tell(tx, new ChatEvent(archived ? ChatEvent.ChatArchived : ChatEvent.ChatRestored, after, byId));
            return after;
        });

    /// <summary>
    /// Marks a chat unread until an admin opens it again; what the user is told was read stays. Doing it twice changes nothing, and there
    /// is nothing to read in an empty chat.
    /// </summary>
    public Task<Outcome<SupportChatListItem>> MarkUnreadAsync(string chatId) => chats.ChangeAsync(chatId, (tx, chat) =>
    {
        if (chat.Unread || chat.LastMessageAt is null)
            return chat;
        var after = chat with { Unread = true };
        ChatStore.MarkUnread(tx, after);
        return after;
    });

    /// <summary>Gives a chat these tags in place of those it has.</summary>
    public Task<Outcome<SupportChatListItem>> TagAsync(string chatId, IReadOnlyList<string?> sent) =>
        chats.ChangeAsync(chatId, (tx, chat) =>
        {
            if (!Tags.Of(sent).Is(out var tags, out var error))
                return error;
            var after = chat with { Tags = Tags.Write(tags) };
            if (after != chat)
                DeskStore.SetTags(tx, after);
            return after;
        });

    /// <summary>Lets one admin take care of a chat; null: everybody. What waits to be told of it goes to that one alone.</summary>
    public Task<Outcome<SupportChatListItem>> AssignAsync(string chatId, string? adminId) => chats.ChangeAsync(chatId, (tx, chat) =>
    {
        var admin = adminId is null ? null : AdminStore.Find(tx.Connection, adminId);
        if (adminId is not null && admin is null)
            return ApiError.NotFound;
        return adminId == chat.AssigneeId ? chat : Assign(tx, chat, admin);
    });

    /// <summary>An admin is removed: what they took care of is everybody's again.</summary>
    public void Unassign(Transaction tx, string adminId)
    {
        foreach (var chat in DeskStore.Of(tx.Connection, adminId))
        {
            var after = Assign(tx, chat, null);
            tx.AfterCommit(() => chats.Announce(after));
        }
    }

    /// <summary>An admin has another name: the chats that they take care of say so.</summary>
    public void Renamed(Transaction tx, string adminId)
    {
        foreach (var chat in DeskStore.Of(tx.Connection, adminId))
            tx.AfterCommit(() => chats.Announce(chat));
    }

    private Chat Assign(Transaction tx, Chat chat, Admin? admin)
    {
        var after = chat with { AssigneeId = admin?.Id, AssigneeName = admin?.Name ?? admin?.Email };
        DeskStore.SetAssignee(tx, after);
        outbox.Assigned(tx, chat.Id, after.AssigneeId);
        return after;
    }

    /// <summary>Adds a note to a chat. It changes nothing in the list.</summary>
    public Task<Outcome<Note>> AddNoteAsync(string chatId, Session by, string? content) => database.WriteAsync<Outcome<Note>>(tx =>
    {
        var admin = by.AdminId is { } adminId ? AdminStore.Find(tx.Connection, adminId) : null;
        if (ChatStore.Find(tx.Connection, chatId) is not { } chat || (by.ApiToken?.Name ?? admin?.Name ?? admin?.Email) is not { } name)
            return ApiError.NotFound;
        if (Content.Complaint(content, settings.Value.Limits.ContentLength) is { } complaint)
            return complaint;
        var at = UtcText.After(tx.Now, NoteStore.LastTime(tx.Connection, chat));
        var note = new Note(tx.NewId(), NullCharacter.Drop(content!), name, at, chat.LastSeq);
        NoteStore.Add(tx, chat, by.WriterId, note);
        tx.AfterCommit(() => hub.Publish(Presence.AdminTopic, ChatFrames.Note(chatId, note)));
        return note;
    });

    /// <summary>Deletes a note: an admin any, a program its own.</summary>
    public Task<Outcome<bool>> RemoveNoteAsync(string id, Session by) => database.WriteAsync<Outcome<bool>>(tx =>
    {
        if (by.ApiToken is not null && NoteStore.WriterOf(tx.Connection, id) is { } writer && writer != by.WriterId)
            return ApiError.Forbidden;
        if (NoteStore.Remove(tx, id) is not { } chat)
            return ApiError.NotFound;
        var chatId = NoteStore.ChatId(tx.Connection, chat);
        tx.AfterCommit(() => hub.Publish(Presence.AdminTopic, ChatFrames.NoteDeleted(chatId, id)));
        return true;
    });
}
