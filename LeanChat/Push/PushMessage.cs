using System.Text.Json;
using LeanChat.Text;

namespace LeanChat.Push;

/// <summary>What the service worker gets.</summary>
/// <param name="ChatId">Null in a test.</param>
/// <param name="Waiting">Unread messages of this chat.</param>
/// <param name="WaitingChats">Chats with unread messages: the badge.</param>
/// <param name="Tag">A newer message with the same tag takes this one's place.</param>
internal sealed record PushMessage(string? ChatId, string Title, string Body, long Waiting, long WaitingChats, string Tag, string Url)
{
    private const int BodyLength = 120;
    private const int TitleLength = 60;

    public static PushMessage Of(string chatId, PushNews news, string tag, string pathBase) => new(
        chatId, Excerpt.Of(news.Name ?? news.Email ?? "Visitor", TitleLength),
        Excerpt.Of(AttachmentNames.Instead(news.Content, news.Attachments), BodyLength), news.Waiting, news.WaitingChats,
        tag, $"{pathBase}/admin#chat={chatId}");

    public static PushMessage Test(string shop, string pathBase) =>
        new(null, shop, "Notifications work on this device.", 0, 0, "test", $"{pathBase}/admin");

    /// <summary>As JSON, short enough for a push service: a body of huge graphemes is cut further.</summary>
    public byte[] ToJson()
    {
        var message = this;
        while (true)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(message, PushJson.Strict.PushMessage);
            if (json.Length <= PushEncryption.MaxTextBytes || message.Body.Length + message.Title.Length == 0)
                return json;
            message = message with
            {
                Body = Excerpt.Of(message.Body, message.Body.Length / 2),
                Title = message.Body.Length > 0 ? message.Title : Excerpt.Of(message.Title, message.Title.Length / 2),
            };
        }
    }
}
