using System.Runtime.ExceptionServices;
using LeanChat.Live;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>
/// What one client does here, in whatever protocol it speaks: it is given the client's frames, and answers into the mailbox. A connection
/// that has several subscriptions has one of these for each.
/// </summary>
internal abstract class ClientConnection(Mailbox mailbox)
{
    private const int MaxMalformed = 3;

    private int _malformed;

    /// <summary>Where its frames go.</summary>
    protected Mailbox Mailbox => mailbox;

    /// <summary>Reads the frames after a number from the database, for gaps; null: its frames have no numbers.</summary>
    public virtual Func<long, IAsyncEnumerable<Frame>>? ReadAfter => null;

    /// <summary>An unexpected error, to be thrown where the connection ends.</summary>
    protected virtual Exception? Failure => null;

    /// <summary>Runs a WebSocket of our own protocol until it ends.</summary>
    public Task RunAsync(WebSocketLoop socket)
    {
        Begin();
        return EndAfterAsync(socket.RunAsync(ReceiveAsync, ReadAfter));
    }

    /// <summary>Runs until the last frame is sent: a connection whose frames come from elsewhere, or not at all.</summary>
    public Task RunAsync(Task sent)
    {
        Begin();
        return EndAfterAsync(sent);
    }

    /// <summary>Takes one frame, as JSON.</summary>
    public ValueTask ReceiveAsync(ReadOnlyMemory<byte> message) => ReceiveAsync(ClientFrame.Read(message));

    /// <summary>Takes one frame; null: it was none.</summary>
    public ValueTask ReceiveAsync(ClientFrame? frame)
    {
        if (frame is not null)
            return ActAsync(frame);
        mailbox.Post(SocketFrames.Error(ApiError.BadRequest("")));
        if (++_malformed >= MaxMalformed)
            mailbox.End(CloseReason.Malformed);
        return default;
    }

    /// <summary>Says why the client is not let in, and ends.</summary>
    public void Refuse(ApiError error, CloseReason reason)
    {
        mailbox.Post(SocketFrames.Error(error));
        mailbox.End(reason with { Drops = false });
    }

    /// <summary>The same, with the reason that belongs to the error.</summary>
    public void Refuse(ApiError error) => Refuse(error, error.Status switch
    {
        StatusCodes.Status401Unauthorized => CloseReason.SessionEnded,
        StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound => CloseReason.Forbidden,
        StatusCodes.Status429TooManyRequests => CloseReason.TooManySockets,
        StatusCodes.Status400BadRequest => CloseReason.Malformed,
        _ => CloseReason.Overloaded,
    });

    /// <summary>Gives back what it counted for. To be called once the connection has closed, also if it never ran.</summary>
    public abstract void Leave();

    protected abstract ValueTask ActAsync(ClientFrame frame);

    protected abstract void Begin();

    protected abstract void End();

    private async Task EndAfterAsync(Task running)
    {
        try
        {
            await running;
        }
        finally
        {
            End();
        }

        if (Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }
}
