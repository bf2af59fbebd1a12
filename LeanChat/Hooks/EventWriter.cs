using LeanChat.Chats;
using LeanChat.Files;
using LeanChat.Mail;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Hooks;

/// <summary>
/// Writes down what webhooks are to be told, in the transaction in which it happens. The body is made there and never changes.
/// </summary>
internal sealed class EventWriter(WebhookList hooks, ChatCommands chats, Origins origins)
{
    /// <summary>Something has happened in a chat.</summary>
    public void Write(Transaction tx, ChatEvent happened)
    {
        // Who is erased takes everything about them along, by foreign key; what is told of that is about nobody.
        var userId = happened.Type == ChatEvent.UserErased ? null : happened.Chat.UserId;
        if (happened.Type == ChatEvent.MessageUpdated)
            WebhookDeliveryStore.ForgetMessage(tx, happened.Message!.Id);
        Write(
            tx, happened.Type, happened.By, happened.Chat.Id, userId, happened.Message?.Id, id => Body(tx, id, happened));
    }

    /// <summary>What became of a letter about replies. Only one that failed is told.</summary>
    public void Write(Transaction tx, string chatId, LetterNote letter)
    {
        if (letter.State != "failed" || hooks.All.Count == 0 || ChatStore.Find(tx.Connection, chatId) is not { } chat)
            return;
        var data = new LetterData(chatId, chat.UserId, letter.Error ?? "");
        Write(
            tx, Webhook.LetterFailed, null, chatId, chat.UserId, null,
            id => EventBody.Of(id, Webhook.LetterFailed, tx.At, data, HooksJson.Strict.LetterData));
    }

    /// <summary>A chat joins another: what waits about it is erased with the other's user, and stays in order with what follows.</summary>
    public void Move(Transaction tx, Chat from, Chat into)
    {
        foreach (var hook in hooks.All)
            WebhookDeliveryStore.Move(tx, hook.Id, from.Id, from.UserId, into.Id, into.UserId);
    }

    private void Write(
        Transaction tx, string type, string? by, string chatId, string? userId, string? messageId, Func<string, string> bodyOf)
    {
        string? id = null, body = null;
        foreach (var hook in hooks.All)
        {
            if (!hook.Wants(type, by))
                continue;
            id ??= tx.NewId();
            body ??= bodyOf(id);
            WebhookDeliveryStore.Add(tx, hook.Id, id, type, chatId, userId, messageId, body);
        }

        if (body is not null)
            hooks.Added(tx);
    }

    private string Body(Transaction tx, string id, ChatEvent happened)
    {
        var (type, chat) = (happened.Type, happened.Chat);
        var shapes = HooksJson.Strict;
        return type switch
        {
            ChatEvent.MessageCreated or ChatEvent.MessageUpdated => EventBody.Of(
                id, type, tx.At, new MessageData(chat.Id, EventUser.Of(chat), Absolute(happened.Message!)), shapes.MessageData),
            ChatEvent.UserIdentified => EventBody.Of(
                id, type, tx.At, new IdentifiedData(chat.Id, EventUser.Of(chat)), shapes.IdentifiedData),
            ChatEvent.UserErased => EventBody.Of(id, type, tx.At, new ErasedData(chat.Id, chat.UserId), shapes.ErasedData),
            ChatEvent.RatingCreated => EventBody.Of(
                id, type, tx.At, new RatingData(chat.Id, chat.UserId, chat.LatestRating!), shapes.RatingData),
            _ => EventBody.Of(id, type, tx.At, new ChatData(chats.ListItem(chat)), shapes.ChatData),
        };
    }

    /// <summary>A path would lead nowhere from another machine.</summary>
    private SupportMessage Absolute(SupportMessage message) =>
        message with { Attachments = FileAddresses.Absolute(message.Attachments, origins.PublicBase(null)) };
}
