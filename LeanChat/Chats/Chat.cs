using LeanChat.People;
using LeanChat.Storage.Sqlite;

namespace LeanChat.Chats;

/// <summary>The one conversation of one user, with what the dashboard's list shows.</summary>
/// <param name="Row">Its row number, which its messages refer to.</param>
/// <param name="UserRow">The row number of its user.</param>
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
    long LastSeq,
    long MessageCount,
    string? LastMessageAt,
    string? LastMessagePreview,
    string? LastMessageSender,
    string? LastMessageName,
    string? AdminViewedAt,
    long UnreadCount,
    string? UserReadAt,
    long UserReadUpTo,
    long AdminReadUpTo,
    long LastUserSeq,
    long LastAdminSeq,
    string? ArchivedAt)
{
    public const string Columns =
        """
        c.row, u.row as user_row, c.id, c.user_id, u.email, u.name, u.email_verified, u.blocked_at, u.page_url,
          c.last_seq, c.message_count, c.last_message_at, c.last_message_preview, c.last_message_sender, c.last_message_name,
          c.admin_viewed_at, c.unread_count, c.user_read_at, c.user_read_up_to, c.admin_read_up_to,
          c.last_user_seq, c.last_admin_seq, c.archived_at
        """;

    public const string Select = $"select {Columns} from support_chats c join users u on u.id = c.user_id";

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static Chat Read(PreparedStatement.Rows row) => new(
        row.Number("row"),
        row.Number("user_row"),
        row.Text("id"),
        row.Text("user_id"),
        row.TextOrNull("email"),
        row.TextOrNull("name"),
        row.Number("email_verified") != 0,
        row.TextOrNull("blocked_at"),
        row.TextOrNull("page_url"),
        row.Number("last_seq"),
        row.Number("message_count"),
        row.TextOrNull("last_message_at"),
        row.TextOrNull("last_message_preview"),
        row.TextOrNull("last_message_sender"),
        row.TextOrNull("last_message_name"),
        row.TextOrNull("admin_viewed_at"),
        row.Number("unread_count"),
        row.TextOrNull("user_read_at"),
        row.Number("user_read_up_to"),
        row.Number("admin_read_up_to"),
        row.Number("last_user_seq"),
        row.Number("last_admin_seq"),
        row.TextOrNull("archived_at"));

    /// <summary>The newest admin message, if the user has not seen it; null if all are seen.</summary>
    public long? UnseenByUser => LastAdminSeq > UserReadUpTo ? LastAdminSeq : null;

    /// <summary>The newest user message, if no admin has seen it; null if all are seen.</summary>
    public long? UnseenByAdmins => LastUserSeq > AdminReadUpTo ? LastUserSeq : null;

    /// <summary>The topic of this chat's sockets.</summary>
    public string Topic => TopicOf(Id);

    public static string TopicOf(string chatId) => "chat:" + chatId;

    /// <summary>Its row in the dashboard's list.</summary>
    public SupportChatListItem ListItem(bool userOnline) => new(
        Id, UserId, UserEmail, UserName, UserVerified, LastMessageAt, LastMessagePreview, LastMessageSender, LastMessageName, MessageCount,
        UnreadCount > 0, UnreadCount, ArchivedAt is not null, userOnline, PageUrl);
}

/// <summary>Who sends a message.</summary>
/// <param name="Type">`user` or `admin`.</param>
/// <param name="Id">The user's or admin's id.</param>
/// <param name="Name">The admin's name, if set; never an e-mail address.</param>
internal sealed record Sender(string Type, string Id, string? Name)
{
    public const string UserType = "user";
    public const string AdminType = "admin";

    public bool IsUser => Type == UserType;

    public static Sender User(string userId) => new(UserType, userId, null);

    public static Sender Admin(string adminId, string? name) => new(AdminType, adminId, name);
}
