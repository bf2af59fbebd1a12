namespace LeanChat.Files;

/// <summary>Tells when a virus was found, so that the dashboards can say so.</summary>
internal sealed class FileNews
{
    /// <summary>A file was refused, in the chat with this id.</summary>
    public event Action<string, RefusedFile>? Refused;

    public void Refuse(string chatId, RefusedFile file) => Refused?.Invoke(chatId, file);
}
