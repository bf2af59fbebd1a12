using System.Data.Common;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;

namespace LeanChat.Files;

/// <summary>The table of the bytes of files.</summary>
internal static class ChunkStore
{
    /// <summary>Its name, for whoever must leave it out because of its size.</summary>
    public const string Table = "attachment_chunks";

    /// <summary>The bytes of a chunk; the last one of a file has fewer. Short, so that messages are stored in between.</summary>
    public const int ChunkBytes = 64 << 10;

    /// <summary>Adds a chunk; false if its file is gone, or complete.</summary>
    public static bool Add(Transaction tx, string id, long number, ReadOnlySpan<byte> bytes)
    {
        tx.WriteMuch();
        return tx.Connection.Prepared(
            """
            insert into attachment_chunks (attachment_id, number, bytes)
            select @id, @number, @bytes where exists (select 1 from attachments where id = @id and stored_at is null)
            """)
            .With("@id", id).With("@number", number).With("@bytes", bytes).Run() > 0;
    }

    /// <summary>Copies a chunk from an offset; returns how many bytes, 0 if there is no such chunk.</summary>
    public static int Read(DbConnection connection, string id, long number, int offset, Span<byte> into)
    {
        using var row = connection.Prepared("select bytes from attachment_chunks where attachment_id = @id and number = @number")
            .With("@id", id).With("@number", number).Read();
        if (!row.Next())
            return 0;
        var bytes = row.Bytes("bytes");
        var count = Math.Min(into.Length, Math.Max(0, bytes.Length - offset));
        bytes.Slice(Math.Min(offset, bytes.Length), count).CopyTo(into);
        return count;
    }

    /// <summary>A file whose bytes are to be erased; null if there is none.</summary>
    public static string? FindErased(DbConnection connection)
    {
        using var row = connection.Prepared("select id from erased_attachments limit 1").Read();
        return row.Next() ? row.Text("id") : null;
    }

    /// <summary>Erases some chunks of a file; false when none is left, and it need not be erased any more.</summary>
    public static bool EraseSome(Transaction tx, string id, int most)
    {
        var erased = tx.Connection.Prepared(
            """
            delete from attachment_chunks
            where row in (select row from attachment_chunks where attachment_id = @id order by number limit @most)
            """)
            .With("@id", id).With("@most", most).Run();
        tx.WriteMuch();
        if (erased == most)
            return true;
        // The last of it: only now the log is emptied, which takes longer than all of this.
        tx.Erase();
        tx.Connection.Prepared("delete from erased_attachments where id = @id").With("@id", id).Run();
        return false;
    }
}
