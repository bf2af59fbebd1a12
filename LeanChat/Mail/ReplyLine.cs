namespace LeanChat.Mail;

/// <summary>The line above which a letter asks to reply.</summary>
internal static class ReplyLine
{
    /// <summary>In every language of ours.</summary>
    public static IReadOnlyCollection<string> All { get; } = ["Reply above this line"];
}
