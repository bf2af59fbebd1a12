using LeanChat.People;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>The one conversation of one user, with what the dashboard's list shows.</summary>
/// <param name="Row">Its row number, which its messages refer to.</param>
/// <param name="UserRow">The row number of its user.</param>
/// <param name="LastMessageAdmin">The id of the admin who wrote the last message.</param>
/// <param name="Unread">There are unread messages, an admin marked the chat unread, or its snooze ended by time.</param>
/// <param name="Tags">A JSON list; null: none. <see cref="Chats.Tags"/> reads it.</param>
/// <param name="Rating">The newest rating of its conversations: `good` or `bad`.</param>
/// <param name="LastEditedSeq">The newest message that was ever edited or deleted; 0: none.</param>
internal sealed record Chat(
    long Row,
    long UserRow,
    string Id,
    string UserId,
    string? UserEmail,
    string? UserName,
    bool UserVerified,
    string? UserBlockedAt,
    string? PageUrl,
    string? TimeZone,
    long LastSeq,
    long MessageCount,
    string? LastMessageAt,
    string? LastMessagePreview,
    string? LastMessageSender,
    string? LastMessageName,
    string? LastMessageAdmin,
    string? AdminViewedAt,
    long UnreadCount,
    bool Unread,
    string? UserReadAt,
    long UserReadUpTo,
    long AdminReadUpTo,
    long LastUserSeq,
    long LastAdminSeq,
    string? ArchivedAt,
    string? Tags,
    string? AssigneeId,
    string? AssigneeName,
    string? SnoozedUntil,
    string? Rating,
    string? RatingComment,
    string? RatedAt,
    long LastEditedSeq)
{
    /// <summary>Whether a user's message begins a conversation: none is open.</summary>
    public bool NextBegins => ArchivedAt is not null || LastUserSeq == 0;

    /// <summary>The newest admin message, if the user has not seen it; null if all are seen.</summary>
    public long? UnseenByUser => LastAdminSeq > UserReadUpTo ? LastAdminSeq : null;

    /// <summary>When and up to which message the user has read.</summary>
    public ReadUpTo ReadByUser => new(UserReadAt, UserReadUpTo);

    /// <summary>The newest user message, if no admin has seen it; null if all are seen.</summary>
    public long? UnseenByAdmins => LastUserSeq > AdminReadUpTo ? LastUserSeq : null;

    /// <summary>The topic of this chat's sockets.</summary>
    public string Topic => TopicOf(Id);

    /// <summary>The topic of the sockets of the chat with this id.</summary>
    public static string TopicOf(string chatId) => "chat:" + chatId;

    /// <summary>The chat after a new message; a user's message unarchives it and ends a snooze.</summary>
    public Chat With(SupportMessage message, Sender sender)
    {
        var byUser = sender.IsUser;
        return this with
        {
            LastSeq = message.Seq,
            MessageCount = MessageCount + 1,
            LastMessageAt = message.CreatedAt,
            LastMessagePreview = message.Preview,
            LastMessageSender = message.SenderType,
            LastMessageName = message.SenderName,
            LastMessageAdmin = byUser ? null : sender.Id,
            UnreadCount = UnreadCount + (byUser ? 1 : 0),
            Unread = byUser || Unread,
            LastUserSeq = byUser ? message.Seq : LastUserSeq,
            LastAdminSeq = byUser ? LastAdminSeq : message.Seq,
            ArchivedAt = byUser ? null : ArchivedAt,
            SnoozedUntil = byUser ? null : SnoozedUntil,
        };
    }

    /// <summary>Its row in the dashboard's list.</summary>
    public SupportChatListItem ListItem(bool userOnline) => new(
        Id, UserId, UserEmail, UserName, UserVerified, UserBlockedAt is not null, LastMessageAt, LastMessagePreview, LastMessageSender,
        LastMessageName, LastMessageAdmin, MessageCount, Unread, UnreadCount, ArchivedAt is not null, userOnline, PageUrl,
        TimeZone, Chats.Tags.Read(Tags), Assignee, SnoozedUntil, LatestRating);

    /// <summary>Who takes care of it; null: everybody.</summary>
    public Assignee? Assignee => AssigneeId is { } id && AssigneeName is { } name ? new Assignee(id, name) : null;

    /// <summary>What the user said of the newest conversation that they rated.</summary>
    public ChatRating? LatestRating => Rating is { } score ? new ChatRating(score, RatingComment, RatedAt!) : null;
}

/// <summary>Who sends a message.</summary>
/// <param name="Type">`user` or `admin`.</param>
/// <param name="Id">The user's or admin's id.</param>
/// <param name="Name">The admin's name, if set; never an e-mail address. Or the API token's.</param>
/// <param name="Via">How the messages come: `chat`, `email` or `api`.</param>
internal sealed record Sender(string Type, string Id, string? Name, string Via = SupportMessage.Chat)
{
    /// <summary>The type of the person on the website.</summary>
    public const string UserType = "user";

    /// <summary>The type of a person who answers.</summary>
    public const string AdminType = "admin";

    /// <summary>Whether it is the person on the website.</summary>
    public bool IsUser => Type == UserType;

    /// <summary>A user as sender.</summary>
    public static Sender User(string userId) => new(UserType, userId, null);

    /// <summary>Whether it is a program, with an API token.</summary>
    public bool IsProgram => Via == SupportMessage.Api;

    /// <summary>A program as sender: on the admins' side, under the name of its token.</summary>
    public static Sender Program(ApiToken token) => new(AdminType, token.Id, token.Name, SupportMessage.Api);

    /// <summary>An admin as sender.</summary>
    public static Sender Admin(string adminId, string? name) => new(AdminType, adminId, name);
}
