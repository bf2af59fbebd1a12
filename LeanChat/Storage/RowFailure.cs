using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace LeanChat.Storage;

/// <summary>Whether storing a row failed because of that row.</summary>
internal static class RowFailure
{
    /// <summary>False for causes that would fail any row: the disk, the file, memory, another process.</summary>
    public static bool IsOfTheRow(this Exception failure) => failure switch
    {
        SqliteException e => e.SqliteErrorCode is SQLITE_ERROR or SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_MISMATCH,
        StorageException or OutOfMemoryException or OperationCanceledException => false,
        _ => true,
    };
}
