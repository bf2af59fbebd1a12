using System.Runtime.InteropServices;

namespace LeanChat.Transport;

/// <summary>What waiting on many sockets at once needs of Linux, called plainly: epoll(7), recv(2), send(2), accept4(2).</summary>
internal static unsafe partial class LinuxCalls
{
    public const uint Readable = 0x1, Writable = 0x4, Broken = 0x8, HungUp = 0x10, HalfClosed = 0x2000, Once = 1u << 30, Edges = 1u << 31;

    /// <summary>An address of either family, as the kernel writes it.</summary>
    public const int AddressLength = 28;

    private const int Interrupted = 4, Again = 11, TooManyHere = 23, TooManyInAll = 24, ConnectionAborted = 103, NoMemory = 12, NoBuffers = 105;
    private const int CloseOnExec = 0x80000, NonBlocking = 0x800, NoSignal = 0x4000, Tcp = 6, NoDelay = 1, SocketLevel = 1, LingerOption = 13, FromHere = 1, BothWays = 2;

    /// <summary>`struct epoll_event` is packed on x86-64 alone.</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - 8;

    /// <summary>Whether the last call found nothing to do yet.</summary>
    public static bool IsTooEarly => Error is Again;

    /// <summary>Whether the last call found no file handle or no memory free.</summary>
    public static bool IsExhausted => Error is TooManyHere or TooManyInAll or NoMemory or NoBuffers;

    /// <summary>Whether the last accept met a caller who had hung up.</summary>
    public static bool IsCallerGone => Error is ConnectionAborted or Interrupted;

    public static int Error => Marshal.GetLastPInvokeError();

    public static int NewPoll() => Check(EpollCreate(CloseOnExec), "epoll_create1");

    /// <summary>A file that becomes readable when it is rung.</summary>
    public static int NewBell() => Check(EventFile(0, CloseOnExec | NonBlocking), "eventfd");

    public static void Ring(int bell)
    {
        var one = 1L;
        _ = Write(bell, &one, sizeof(long));
    }

    /// <summary>Makes a bell silent until it is rung again.</summary>
    public static void Silence(int bell)
    {
        long count;
        _ = Read(bell, &count, sizeof(long));
    }

    /// <summary>Adds a file to those that are waited for.</summary>
    public static void Watch(int poll, int file, uint events, long data) => Control(poll, 1, file, events, data);

    /// <summary>Changes what is waited for on a file.</summary>
    public static void WatchAgain(int poll, int file, uint events, long data) => Control(poll, 3, file, events, data);

    /// <summary>Waits; tells for each ready file its data and events.</summary>
    public static int Wait(int poll, Span<(long Data, uint Events)> ready, int milliseconds)
    {
        var described = stackalloc byte[16 * ready.Length];
        var count = EpollWait(poll, described, ready.Length, milliseconds);
        for (var i = 0; i < count; i++)
            ready[i] = (*(long*)(described + (i * EventSize) + DataOffset), *(uint*)(described + (i * EventSize)));
        return count;
    }

    /// <summary>A caller's socket, or -1; <paramref name="address"/> is whose.</summary>
    public static int Accept(int listening, Span<byte> address)
    {
        var length = (uint)address.Length;
        fixed (byte* bytes = address)
            return AcceptCall(listening, bytes, &length, NonBlocking | CloseOnExec);
    }

    /// <summary>Small messages leave at once.</summary>
    public static void DoNotDelay(int socket)
    {
        var yes = 1;
        _ = SetOption(socket, Tcp, NoDelay, &yes, sizeof(int));
    }

    /// <summary>Whatever is still to be sent is thrown away when the socket is closed.</summary>
    public static void DoNotLinger(int socket)
    {
        var linger = stackalloc int[] { 1, 0 };
        _ = SetOption(socket, SocketLevel, LingerOption, linger, 2 * sizeof(int));
    }

    /// <summary>Bytes read, 0 at the end, -1 when there is nothing yet or the line broke.</summary>
    public static int Receive(int socket, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            nint count;
            do
                count = Receive(socket, bytes, (nuint)buffer.Length, 0);
            while (count < 0 && Error == Interrupted);
            return (int)count;
        }
    }

    /// <summary>Bytes taken, -1 when there is no room or the line broke.</summary>
    public static int Send(int socket, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            nint count;
            do
                count = Send(socket, bytes, (nuint)buffer.Length, NoSignal);
            while (count < 0 && Error == Interrupted);
            return (int)count;
        }
    }

    /// <summary>Ends the way from here to there.</summary>
    public static void EndWriting(int socket) => _ = Shutdown(socket, FromHere);

    /// <summary>Ends both directions.</summary>
    public static void Shutdown(int socket) => _ = Shutdown(socket, BothWays);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);

    private static void Control(int poll, int operation, int file, uint events, long data)
    {
        var described = stackalloc byte[16];
        *(uint*)described = events;
        *(long*)(described + DataOffset) = data;
        Check(EpollControl(poll, operation, file, described), "epoll_ctl");
    }

    private static int Check(int result, string call) => result >= 0 ? result : throw new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(Error)}");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int poll, int operation, int file, byte* described);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int poll, byte* described, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFile(uint count, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int file, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, void* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int AcceptCall(int listening, byte* address, uint* length, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int Shutdown(int socket, int how);
}
