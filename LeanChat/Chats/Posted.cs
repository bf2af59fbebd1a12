namespace LeanChat.Chats;

/// <summary>A message that is on disk.</summary>
/// <param name="Fresh">False for a retry: it was stored before under the same client id.</param>
internal sealed record Posted(SupportMessage Message, bool Fresh);
