using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>What an admin does with a chat in the list: archive it, mark it unread.</summary>
internal sealed class InboxCommands(Database database, ChatCommands chats)
{
    /// <summary>
    /// Marks a chat unread until an admin opens it again; what the user is told was read stays. Doing it twice changes nothing, and there
    /// is nothing to read in an empty chat.
    /// </summary>
    public Task<Outcome<SupportChatListItem>> MarkUnreadAsync(string chatId) => database.WriteAsync<Outcome<SupportChatListItem>>(tx =>
    {
        if (ChatStore.Find(tx.Connection, chatId) is not { } chat)
            return ApiError.NotFound;
        if (chat.Unread || chat.LastMessageAt is null)
            return chats.ListItem(chat);
        var after = chat with { Unread = true };
        ChatStore.MarkUnread(tx, after);
        tx.AfterCommit(() => chats.Announce(after));
        return chats.ListItem(after);
    });

    /// <summary>Archives or unarchives a chat. Doing it twice changes nothing.</summary>
    public Task<Outcome<SupportChatListItem>> ArchiveAsync(string chatId, bool archived) =>
        database.WriteAsync<Outcome<SupportChatListItem>>(tx => Archive(tx, chatId, archived));

    private Outcome<SupportChatListItem> Archive(Transaction tx, string chatId, bool archived)
    {
        if (ChatStore.Find(tx.Connection, chatId) is not { } chat)
            return ApiError.NotFound;
        var after = chat with { ArchivedAt = archived ? chat.ArchivedAt ?? tx.At : null };
        if (after != chat)
        {
            ChatStore.SetArchived(tx, after);
            tx.AfterCommit(() => chats.Announce(after));
        }

        return chats.ListItem(after);
    }
}
