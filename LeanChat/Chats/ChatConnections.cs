using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>What every connection of a chat works with, in whatever protocol.</summary>
internal sealed record ChatConnections(
    Hub Hub, Sessions Sessions, Database Database, ChatCommands Commands, ReadMarks ReadMarks, UserCommands UserCommands,
    Presence Presence, ReplyTime ReplyTime, Viewers Viewers, MessageRateLimit RateLimit, FileAddresses Addresses, AdminActivity Activity,
    CurrentSettings Settings, TimeProvider Clock)
{
    /// <summary>A connection that has joined no chat yet.</summary>
    /// <param name="mailbox">Where its frames go.</param>
    /// <param name="chatId">The only chat it may join; null: whichever is the user's.</param>
    /// <param name="after">Resumes after this seq; null: from now on.</param>
    /// <param name="shared">Counts its user, if the connection has other subscriptions.</param>
    public ChatConnection New(Mailbox mailbox, string? chatId, long? after, SharedPresence? shared = null) => new(
        this, mailbox, chatId, after, new ChatSubscription(mailbox, Hub, Database, Presence, ReplyTime, Addresses, Settings),
        new PendingSends(mailbox, Commands, RateLimit), shared);
}
