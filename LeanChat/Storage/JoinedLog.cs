using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage;

/// <summary>
/// SQLite's own way to the file system (sqlite3_vfs), but for one thing: it writes the log piece by piece, two calls a page, and here the pieces of a
/// transaction leave in one. At a thousand messages a second that saves 8 % of all that one costs. Nothing is held back when it counts: a transaction
/// is with the system before SQLite hears that its last page is written, and before the log is synced, read, measured or cut. It wants
/// `synchronous = full`: without it, checksums that SQLite writes anew after an undo would have nothing to send them off.
/// See sqlite.org/vfs.html and, for the log's layout, sqlite.org/fileformat2.html §4.
/// </summary>
internal static unsafe partial class JoinedLog
{
    /// <summary>What a connection asks for to write so.</summary>
    public const string Name = "joined-log";

    private const int Ok = 0, OutOfMemory = 7;
    private const int IsDatabase = 0x100, IsLog = 0x80000;
    private const int FrameHeaderLength = 24;
    private const int WriteLock = 0, Unlock = 1, Exclusive = 8;

    /// <summary>Bytes that are joined at most: what fits into a core's cache.</summary>
    private const int Room = 128 << 10;

    private static Vfs* s_base;

    /// <summary>Makes the name known to SQLite; to be called once.</summary>
    public static void Register()
    {
        s_base = Find(null);
        // For as long as the process lives, as SQLite wants it.
        var ours = (Vfs*)NativeMemory.Alloc((nuint)sizeof(Vfs));
        *ours = *s_base;
        ours->FileSize = Aligned(s_base->FileSize) + sizeof(Joined);
        ours->Name = (byte*)Marshal.StringToCoTaskMemUTF8(Name);
        ours->Open = &Open;
        SqliteException.ThrowExceptionForRC(Register(ours, 0), null);
    }

    private static int Aligned(int size) => (size + 7) & ~7;

    private static Joined* Of(File* file) => (Joined*)((byte*)file + Aligned(s_base->FileSize));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Vfs* vfs, byte* name, File* file, int flags, int* opened)
    {
        *Of(file) = default;
        var result = s_base->Open(s_base, name, file, flags, opened);
        if (result != Ok || (flags & (IsDatabase | IsLog)) == 0)
            return result;
        var joined = Of(file);
        joined->Base = file->Methods;
        joined->Methods = *file->Methods;
        if ((flags & IsLog) != 0)
        {
            joined->Database = DatabaseOf(name);
            Of(joined->Database)->Log = file;
            joined->Methods.Close = &Close;
            joined->Methods.Read = &Read;
            joined->Methods.Write = &Write;
            joined->Methods.Truncate = &Truncate;
            joined->Methods.Sync = &Sync;
            joined->Methods.Size = &Size;
        }
        else
        {
            joined->Methods.ShareLock = &ShareLock;
        }

        file->Methods = &joined->Methods;
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(File* file, byte* bytes, int count, long offset)
    {
        var joined = Of(file);
        var last = joined->Ends;
        // A header tells the size of the database after the commit, if the page behind it is the transaction's last.
        joined->Ends = count == FrameHeaderLength && *(int*)(bytes + 4) != 0;
        if ((offset != joined->Offset + joined->Length || joined->Length + count > Room) && PassOn(file) is not Ok and var trouble)
            return trouble;
        if (count > Room)
            return joined->Base->Write(file, bytes, count, offset);
        if (joined->Bytes is null && (joined->Bytes = (byte*)Allocate(Room)) is null)
            return OutOfMemory;
        if (joined->Length == 0)
            joined->Offset = offset;
        Buffer.MemoryCopy(bytes, joined->Bytes + joined->Length, Room - joined->Length, count);
        joined->Length += count;
        return last ? PassOn(file) : Ok;
    }

    /// <summary>Writes what was held back. It is not held back any longer whatever comes of it: SQLite hears that and gives the transaction up.</summary>
    private static int PassOn(File* file)
    {
        var joined = Of(file);
        var length = joined->Length;
        joined->Length = 0;
        return length == 0 ? Ok : joined->Base->Write(file, joined->Bytes, length, joined->Offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(File* file, byte* bytes, int count, long offset) => PassOn(file) is not Ok and var trouble ? trouble : Of(file)->Base->Read(file, bytes, count, offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(File* file, long size) => PassOn(file) is not Ok and var trouble ? trouble : Of(file)->Base->Truncate(file, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(File* file, int flags) => PassOn(file) is not Ok and var trouble ? trouble : Of(file)->Base->Sync(file, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Size(File* file, long* size) => PassOn(file) is not Ok and var trouble ? trouble : Of(file)->Base->Size(file, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(File* file)
    {
        var joined = Of(file);
        Of(joined->Database)->Log = null;
        Free(joined->Bytes);
        joined->Bytes = null;
        return joined->Base->Close(file);
    }

    /// <summary>
    /// Who lets go of the writer's lock without a commit has given up what is still held back, the pages of a transaction too large for
    /// the cache: written later, they would fall on what another process has committed there.
    /// </summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShareLock(File* file, int first, int count, int flags)
    {
        var joined = Of(file);
        if (first == WriteLock && (flags & (Unlock | Exclusive)) == (Unlock | Exclusive) && joined->Log is not null)
            Of(joined->Log)->Length = 0;
        return joined->Base->ShareLock(file, first, count, flags);
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find")]
    private static partial Vfs* Find(byte* name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    private static partial int Register(Vfs* vfs, int byDefault);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_database_file_object")]
    private static partial File* DatabaseOf(byte* name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_malloc")]
    private static partial void* Allocate(int size);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_free")]
    private static partial void Free(void* memory);

    /// <summary>sqlite3_vfs, as far as it is ours; the rest is copied.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        public int Version;
        public int FileSize;
        public int LongestPath;
        public Vfs* Next;
        public byte* Name;
        public void* Data;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, File*, int, int*, int> Open;
        public Pointers15 Rest;
    }

    /// <summary>sqlite3_file: what SQLite has of a file begins with this.</summary>
    private struct File
    {
        public Methods* Methods;
    }

    /// <summary>sqlite3_io_methods.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Methods
    {
        public int Version;
        public delegate* unmanaged[Cdecl]<File*, int> Close;
        public delegate* unmanaged[Cdecl]<File*, byte*, int, long, int> Read;
        public delegate* unmanaged[Cdecl]<File*, byte*, int, long, int> Write;
        public delegate* unmanaged[Cdecl]<File*, long, int> Truncate;
        public delegate* unmanaged[Cdecl]<File*, int, int> Sync;
        public delegate* unmanaged[Cdecl]<File*, long*, int> Size;
        public void* Lock;
        public void* Unlock;
        public void* IsReserved;
        public void* Control;
        public void* SectorSize;
        public void* Characteristics;
        public void* ShareMap;
        public delegate* unmanaged[Cdecl]<File*, int, int, int, int> ShareLock;
        public void* ShareBarrier;
        public void* ShareUnmap;
        public void* Fetch;
        public void* Unfetch;
    }

    /// <summary>What we keep of a file, behind what the system's part keeps.</summary>
    private struct Joined
    {
        public Methods* Base;
        public Methods Methods;

        /// <summary>Of a database: its log, while that is open.</summary>
        public File* Log;

        /// <summary>Of a log: whose, and what is held back.</summary>
        public File* Database;
        public byte* Bytes;
        public long Offset;
        public int Length;

        /// <summary>Whether the page that comes next is the last of its transaction.</summary>
        public bool Ends;
    }

    [InlineArray(15)]
    [SuppressMessage("Performance", "CA1823", Justification = "Copied as a whole.")]
    private struct Pointers15
    {
        private nint _first;
    }
}
