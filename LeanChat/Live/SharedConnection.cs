using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Live;

/// <summary>
/// The writing side of a connection that several mailboxes share: those of its subscriptions, and its own. Writes go out one after the
/// other, each whole.
/// </summary>
internal sealed class SharedConnection(Connection connection) : Connection
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private bool _ended;

    /// <summary>The connection as one subscription writes to it.</summary>
    public Connection NewPart() => new Part(this);

    /// <summary>Refuses the writes of subscriptions from now on: the connection's last bytes come.</summary>
    public void EndParts()
    {
        lock (_gate)
            _ended = true;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => connection.ReadAsync(buffer);

    public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
            return Append(bytes);
    }

    private ValueTask WritePartAsync(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
            return _ended ? throw new IOException("The connection has ended.") : Append(bytes);
    }

    private ValueTask Append(ReadOnlySpan<byte> bytes)
    {
        if (!_last.IsCompleted)
            return new(_last = AppendAsync(_last, bytes.ToArray()));
        var write = connection.WriteAsync(bytes);
        if (write.IsCompletedSuccessfully)
            return default;
        return new(_last = write.AsTask());
    }

    private async Task AppendAsync(Task before, byte[] bytes)
    {
        await before;
        await connection.WriteAsync(bytes);
    }

    public override void Cut(bool forget = false) => connection.Cut(forget);

    public override void Close() => connection.Close();

    /// <summary>Only a reader that is stuck ends the whole connection.</summary>
    private sealed class Part(SharedConnection whole) : Connection
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer) => new(0);

        public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes) => whole.WritePartAsync(bytes);

        public override void Cut(bool forget = false)
        {
            if (forget)
                whole.Cut(forget);
        }

        public override void Close()
        {
        }
    }
}
