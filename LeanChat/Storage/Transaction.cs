using System.Data.Common;

namespace LeanChat.Storage;

/// <summary>One unit of work by the one writer: a connection inside a transaction and the one time it happens at.</summary>
internal sealed class Transaction(DbConnection connection, DateTimeOffset now)
{
    public DbConnection Connection { get; } = connection;

    /// <summary>The time of everything in this transaction, whole milliseconds, UTC.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary><see cref="Now"/> as it is stored and sent.</summary>
    public string At { get; } = UtcText.Of(now);

    internal List<Action>? Afterwards { get; private set; }

    internal bool Erases { get; private set; }

    /// <summary>Runs <paramref name="action"/> once this is on disk and before the next writer begins. It must not wait.</summary>
    public void AfterCommit(Action action) => (Afterwards ??= []).Add(action);

    /// <summary>Asks that what was deleted here also leaves the write-ahead log, before the work counts as done.</summary>
    public void Erase() => Erases = true;
}
