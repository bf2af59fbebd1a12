using System.Runtime.InteropServices;

namespace LeanChat.Storage.Sqlite;

/// <summary>
/// The SQLite functions that every message calls many times, called directly: safe handles and an interface would cost more than most
/// of them. Those that only copy a value also skip the GC transition. See sqlite.org/c3ref/funclist.html.
/// </summary>
internal static unsafe partial class SqliteFunctions
{
    private const string Library = "e_sqlite3";

    /// <summary>SQLITE_TRANSIENT: the bytes are copied before the call returns.</summary>
    public static readonly nint CopyText = -1;

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    /// <summary>Rows that the last statement changed.</summary>
    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_changes")]
    public static partial int Changes(nint connection);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    public static partial int Bind(nint statement, int parameter, long value);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null")]
    public static partial int BindNull(nint statement, int parameter);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static partial int Bind(nint statement, int parameter, byte* utf8, int length, nint lifetime);

    /// <summary>Not within <see cref="SuppressGCTransitionAttribute"/>: a blob may be long.</summary>
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    public static partial int BindBytes(nint statement, int parameter, byte* bytes, int length, nint lifetime);

    /// <summary>The same as <see cref="Bytes"/> for a column that may be long: reading it may go to the disk.</summary>
    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    public static partial byte* LongBytes(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    public static partial long Number(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    public static partial byte* Bytes(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    public static partial int Length(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_type")]
    public static partial int Type(nint statement, int column);
}
