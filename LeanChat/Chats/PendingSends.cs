using LeanChat.Live;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>The messages of one socket that are being stored: counts them, and answers each when it is stored or refused.</summary>
internal sealed class PendingSends(Mailbox mailbox, ChatCommands commands, MessageRateLimit rateLimit)
{
    /// <summary>Messages of one socket stored at once: enough to share commits, too few for one client to fill the write queue.</summary>
    private const int Max = 64;

    private int _count;
    private TaskCompletionSource? _done;

    /// <summary>Whether the next message must wait.</summary>
    public bool IsFull => Volatile.Read(ref _count) >= Max;

    /// <summary>An unexpected error, to be thrown where the socket ends.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts storing a message; the socket reads on meanwhile. The answer is the message itself, or an error.</summary>
    public void Send(Sender sender, Chat chat, ClientFrame frame)
    {
        var draft = new Draft(frame.Content, frame.ClientId, frame.AttachmentIds);
        if (frame.ClientId is null && draft.IsBlank)
        {
            frame.Acknowledge?.Invoke(ApiError.EmptyContent);
            return;
        }

        mailbox.KeepOpen();
        Interlocked.Increment(ref _count);
        commands.Post(sender, chat, draft, (outcome, e) =>
        {
            Answer(sender, frame, outcome, e);
            if (Interlocked.Decrement(ref _count) == 0)
                Interlocked.Exchange(ref _done, null)?.TrySetResult();
            mailbox.Finish();
        });
    }

    /// <summary>Completes when every message sent so far is answered.</summary>
    public Task WaitAsync()
    {
        if (Volatile.Read(ref _count) == 0)
            return Task.CompletedTask;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _done, done);
        // The last answer may have come just before the write, and found nothing to complete.
        if (Volatile.Read(ref _count) == 0)
            done.TrySetResult();
        return done.Task;
    }

    private void Answer(Sender sender, ClientFrame frame, Outcome<Posted> outcome, Exception? e)
    {
        if (e is StorageException storage)
        {
            frame.Refuse(mailbox, ApiError.Of(storage));
        }
        else if (e is not null)
        {
            // Logged where the socket ends; the client gets a close reason that says it was the server's fault.
            Failure = e;
            mailbox.End(CloseReason.ServerError);
        }
        else if (outcome.Is(out var posted, out var error))
        {
            // A new message reaches this socket as a subscriber of the chat. A retry is not published again, so it is answered here,
            // without a number: the message may have been stored before this socket joined.
            if (frame.Acknowledge is { } acknowledge)
                acknowledge(posted.Message);
            else if (!posted.Fresh)
                mailbox.Post(ChatFrames.NewMessage(posted.Message, numbered: false));
        }
        else
        {
            frame.Refuse(mailbox, error);
            if (error.Code == ApiError.TooManyRequests(default).Code && rateLimit.IsFlooding(sender.Id))
                mailbox.End(CloseReason.TooManyMessages);
        }
    }
}
