using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Storage;

/// <summary>One unit of work: a connection inside a transaction, and the time that all of its rows get.</summary>
internal sealed class Transaction(DbConnection connection, DateTimeOffset now)
{
    public DbConnection Connection { get; } = connection;

    /// <summary>The time of everything in this transaction, whole milliseconds, UTC.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary><see cref="Now"/> as it is stored and sent.</summary>
    public string At { get; } = UtcText.Of(now);

    /// <summary>A new id: a UUID of version 7 (RFC 9562 §5.7), which begins with the time.</summary>
    public string NewId()
    {
        Span<byte> id = stackalloc byte[16];
        RandomBytes.Fill(id[6..]);
        BinaryPrimitives.WriteUInt32BigEndian(id, (uint)(Now.ToUnixTimeMilliseconds() >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(id[4..], (ushort)Now.ToUnixTimeMilliseconds());
        (id[6], id[8]) = ((byte)((id[6] & 0x0F) | 0x70), (byte)((id[8] & 0x3F) | 0x80));
        return new Guid(id, bigEndian: true).ToString();
    }

    internal List<Action>? Afterwards { get; private set; }

    internal Action? Undo { get; private set; }

    internal bool Erases { get; private set; }

    internal bool WritesMuch { get; private set; }

    /// <summary>Runs <paramref name="action"/> when this is on disk, before the next group begins. It must not wait.</summary>
    public void AfterCommit(Action action) => (Afterwards ??= []).Add(action);

    /// <summary>
    /// Runs <paramref name="undo"/> if this is rolled back: for an effect outside the database that must come before the commit.
    /// </summary>
    public void OnRollback(Action undo) => Undo += undo;

    /// <summary>Also removes what was deleted here from the write-ahead log, before the work completes.</summary>
    public void Erase() => Erases = true;

    /// <summary>
    /// This is part of a large thing that is written piece by piece. The log is then copied back into the database sooner, and so in
    /// smaller parts, which delay other commits less.
    /// </summary>
    public void WriteMuch() => WritesMuch = true;

    /// <summary>Random bytes, fetched many at once: one call to the system costs as much as an index entry.</summary>
    private static class RandomBytes
    {
        [ThreadStatic]
        private static byte[]? t_bytes;

        [ThreadStatic]
        private static int t_used;

        public static void Fill(Span<byte> bytes)
        {
            if (t_bytes is null || t_used + bytes.Length > t_bytes.Length)
                (t_bytes, t_used) = (RandomNumberGenerator.GetBytes(1000), 0);
            t_bytes.AsSpan(t_used, bytes.Length).CopyTo(bytes);
            t_used += bytes.Length;
        }
    }
}
