using System.Data.Common;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>
/// Asks users how a conversation was, from when it is archived until a day later or until they write; and takes what they say.
/// </summary>
internal sealed class Ratings(
    Database database, Hub hub, ChatCommands chats, MessageRateLimit rateLimit, ChatEvents events, CurrentSettings settings,
    TimeProvider clock)
{
    private const int CommentLength = 1000;

    private static readonly TimeSpan Time = TimeSpan.FromDays(1);

    private static readonly ApiError NotAsked = ApiError.Conflict("There is no conversation to rate now.");

    /// <summary>What the user is asked, or has answered; null if nothing is asked.</summary>
    public RatingRequest? Of(DbConnection connection, Chat chat) => Asked(connection, chat, clock.GetUtcNow())?.Request;

    /// <summary>Tells the user's widgets what they are asked, after a chat was archived or restored by hand.</summary>
    public void Tell(Transaction tx, Chat chat)
    {
        if (!settings.Value.Flag("Rating:Enabled"))
            return;
        var asked = Asked(tx.Connection, chat, tx.Now)?.Request;
        if (asked is not null || chat.ArchivedAt is null)
            tx.AfterCommit(() => hub.Publish(chat.Topic, ChatFrames.Rating(asked)));
    }

    /// <summary>Takes a rating. Another one within the time takes its place.</summary>
    public Task<Outcome<RatingRequest>> RateAsync(string userId, RatingBody body) => database.WriteAsync<Outcome<RatingRequest>>(tx =>
    {
        if (body.Score is not ("good" or "bad"))
            return ApiError.BadRequest("`score` must be good or bad.");
        var comment = Blank.Trim(NullCharacter.Drop(body.Comment));
        if (comment is not null && Excerpt.CodePoints(comment) > CommentLength)
            return ApiError.ContentTooLong(CommentLength);
        if (ChatStore.FindOfUser(tx.Connection, userId) is not { } chat || Asked(tx.Connection, chat, tx.Now) is not { } asked)
            return NotAsked;
        if (chat.UserBlockedAt is not null)
            return ApiError.Blocked;
        var (sender, passed) = (Sender.User(userId), rateLimit.TryPass(Sender.User(userId), out var error));
        tx.OnRollback(() => rateLimit.Undo(sender, passed));
        if (error is not null)
            return error;
        var after = chat with { Rating = body.Score, RatingComment = comment, RatedAt = tx.At };
        ConversationStore.Rate(tx, chat, asked.FirstSeq, body.Score, comment);
        DeskStore.SetRating(tx, after);
        events.Tell(tx, new ChatEvent(ChatEvent.RatingCreated, after, userId));
        var given = asked.Request with { Score = body.Score, Comment = comment };
        tx.AfterCommit(() =>
        {
            hub.Publish(chat.Topic, ChatFrames.Rating(given));
            chats.Announce(after);
        });
        return given;
    });

    /// <summary>The last conversation, if the chat is archived since less than a day and an admin has replied in it.</summary>
    private Open? Asked(DbConnection connection, Chat chat, DateTimeOffset now) =>
        settings.Value.Flag("Rating:Enabled") && chat.ArchivedAt is { } at && UtcText.Parse(at) + Time is var until && until > now
        && ConversationStore.Last(connection, chat) is { } last && chat.LastAdminSeq > last.FirstSeq
            ? new Open(last.FirstSeq, new RatingRequest(last.Rating, last.RatingComment, UtcText.Of(until)))
            : null;

    private sealed record Open(long FirstSeq, RatingRequest Request);
}

/// <summary>What a user is asked, or has answered.</summary>
/// <param name="Score">`good`, `bad`, or null: not answered yet.</param>
/// <param name="Until">Until then an answer is taken.</param>
internal sealed record RatingRequest(string? Score, string? Comment, string Until);

/// <summary>A user's answer.</summary>
internal sealed record RatingBody(string? Score, string? Comment);
