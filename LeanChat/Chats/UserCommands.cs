using System.Diagnostics.CodeAnalysis;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Changes users: each command is one transaction, and every dashboard is told once that is on disk.</summary>
internal sealed class UserCommands(
    Database database, Hub hub, Presence presence, ChatCommands chats, Sessions sessions, FileEraser eraser, ChatEvents events)
{
    /// <summary>Runs a change of a user; `not_found` if it returns false.</summary>
    public Task<Outcome<bool>> ChangeAsync(string userId, Func<Transaction, bool> change) => database.WriteAsync<Outcome<bool>>(tx =>
    {
        if (!change(tx))
            return ApiError.NotFound;
        if (ChatStore.FindOfUser(tx.Connection, userId) is { } chat)
            tx.AfterCommit(() => chats.Announce(chat));
        return true;
    });

    /// <summary>Stores the page that the user is on.</summary>
    public Task SetPageAsync(string userId, ClientFrame page) => database.WriteAsync(tx =>
    {
        UserStore.SetPage(
            tx, userId, Clip(page.Url, 2000), Clip(Blank.Trim(page.Title), 300), Clip(page.Referrer, 2000), Clip(page.Locale, 35),
            Clip(page.TimeZone, 64), Clip(page.Language, 35));
        if (ChatStore.FindOfUser(tx.Connection, userId) is { } chat)
            tx.AfterCommit(() => hub.Publish(
                Presence.AdminTopic, ChatFrames.UserPresence(chat.Id, presence.UserOnline(userId), chat.PageUrl)));
        return true;
    });

    /// <summary>Erases a user and their chat from every table and from the database file.</summary>
    public Task<Outcome<bool>> EraseAsync(string userId) => database.WriteAsync<Outcome<bool>>(tx =>
    {
        if (UserStore.Find(tx.Connection, userId) is not { } user)
            return ApiError.NotFound;
        var chat = ChatStore.FindOfUser(tx.Connection, userId);
        sessions.EndAll(tx, userId);
        UserStore.Erase(tx, userId);
        // Of somebody who neither wrote nor told a name nobody ever heard.
        if (chat is not null && (chat.LastMessageAt, user.Subject, user.Email, user.Name) is not (null, null, null, null))
            events.Tell(tx, new ChatEvent(ChatEvent.UserErased, chat, null));
        tx.AfterCommit(eraser.Wake);
        if (chat is not null)
            tx.AfterCommit(() => chats.AnnounceDeleted(chat.Id));
        return true;
    });

    [return: NotNullIfNotNull(nameof(text))]
    private static string? Clip(string? text, int length) =>
        NullCharacter.Drop(text) is { } kept && kept.Length > length ? Excerpt.Of(kept, length) : NullCharacter.Drop(text);
}
