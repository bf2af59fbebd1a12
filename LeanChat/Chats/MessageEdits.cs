using System.Security.Cryptography;
using System.Text;
using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Admins and programs change or delete their own messages, for a while. The old words are gone from the database then.</summary>
internal sealed class MessageEdits(
    Database database, Hub hub, ChatCommands chats, FileAddresses addresses, FileEraser eraser, Outbox outbox,
    ChatEvents events, CurrentSettings settings)
{
    private static readonly TimeSpan Time = TimeSpan.FromMinutes(15);

    private static readonly ApiError NotYours = new(403, "forbidden", "You can change only what you wrote yourself.");
    private static readonly ApiError TooLate = ApiError.Conflict("A message can be changed for 15 minutes.");
    private static readonly ApiError IsDeleted = ApiError.Conflict("This message was deleted.");

    /// <summary>Gives a message other words. The same words again change nothing.</summary>
    public Task<Outcome<SupportMessage>> EditAsync(string writerId, string chatId, string id, string? content) =>
        ChangeAsync(writerId, chatId, id, (message, at) =>
            Content.Complaint(content, settings.Value.Limits.ContentLength) is { } complaint ? complaint
            : NullCharacter.Drop(content!) is var words && words == message.Content ? message
            : message with { Content = words, EditedAt = at });

    /// <summary>Deletes the words and the files of a message; it keeps its place.</summary>
    public Task<Outcome<SupportMessage>> DeleteAsync(string writerId, string chatId, string id) =>
        ChangeAsync(writerId, chatId, id, (message, at) => message with { Content = "", Attachments = [], DeletedAt = at });

    /// <summary>What a message's content is remembered by once it has changed, to be compared with a retry.</summary>
    public static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private Task<Outcome<SupportMessage>> ChangeAsync(
        string writerId, string chatId, string id, Func<SupportMessage, string, Outcome<SupportMessage>> change) =>
        database.WriteAsync<Outcome<SupportMessage>>(tx =>
        {
            if (ChatStore.Find(tx.Connection, chatId) is not { } chat
                || MessageStore.FindById(tx.Connection, addresses, chat, id) is not { Message: var message } sent)
                return ApiError.NotFound;
            if (message.SenderType != Sender.AdminType || sent.SenderId != writerId)
                return NotYours;
            if (message.DeletedAt is not null)
                return IsDeleted;
            if (tx.Now - UtcText.Parse(message.CreatedAt) > Time)
                return TooLate;
            // Later than any change before, so that whoever asks for later changes misses none.
            if (!change(message, UtcText.After(tx.Now, MessageStore.LastChange(tx.Connection, chat))).Is(out var after, out var error))
                return error;
            if (after != message)
                Store(tx, chat, sent, after);
            return after;
        });

    private void Store(Transaction tx, Chat chat, SentMessage sent, SupportMessage after)
    {
        var changed = chat with
        {
            LastMessagePreview = after.Seq == chat.LastSeq ? after.Preview : chat.LastMessagePreview,
            LastEditedSeq = Math.Max(chat.LastEditedSeq, after.Seq),
        };
        MessageStore.SetContent(tx, sent.Row, after, Hash(sent.Message.Content));
        DeskStore.SetPreview(tx, changed);
        DeskStore.SetLastEdited(tx, changed);
        SearchStore.Replace(tx, sent.Row, after);
        foreach (var file in sent.Message.Attachments.Except(after.Attachments))
            AttachmentStore.Erase(tx, file.Id);
        if (after.DeletedAt is not null)
            outbox.ReplyDeleted(tx, chat.Id);
        events.Tell(tx, new ChatEvent(ChatEvent.MessageUpdated, changed, sent.SenderId, after));
        tx.Erase();
        tx.AfterCommit(() =>
        {
            eraser.Wake();
            hub.Publish(chat.Topic, ChatFrames.MessageUpdated(after));
            chats.Announce(changed);
        });
    }
}
