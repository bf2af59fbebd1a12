using System.Runtime.InteropServices;

namespace LeanChat.Transport;

/// <summary>The system calls of Linux for waiting on many sockets: epoll(7), recv(2), send(2), accept4(2).</summary>
internal static unsafe partial class LinuxCalls
{
    public const uint Readable = 0x1, Writable = 0x4, Broken = 0x8, HungUp = 0x10, HalfClosed = 0x2000, Once = 1u << 30, Edges = 1u << 31;

    /// <summary>The size of an IPv4 or IPv6 address as the kernel writes it.</summary>
    public const int AddressLength = 28;

    private const int Interrupted = 4, Again = 11, NoMemory = 12, TooManyOnSystem = 23, TooManyInProcess = 24;
    private const int ConnectionAborted = 103, NoBuffers = 105;
    private const int CloseOnExec = 0x80000, NonBlocking = 0x800, NoSignal = 0x4000;
    private const int Tcp = 6, NoDelay = 1, SocketLevel = 1, LingerOption = 13, ShutdownWrite = 1, ShutdownBoth = 2;

    /// <summary>`struct epoll_event` is packed on x86-64 only.</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - 8;

    /// <summary>Whether the last call would have had to wait (EAGAIN).</summary>
    public static bool IsTooEarly => Error is Again;

    /// <summary>Whether no file handle or no memory was free for the last call.</summary>
    public static bool IsExhausted => Error is TooManyOnSystem or TooManyInProcess or NoMemory or NoBuffers;

    /// <summary>Whether the last accept failed because the client had gone, or by a signal.</summary>
    public static bool IsCallerGone => Error is ConnectionAborted or Interrupted;

    public static int Error => Marshal.GetLastPInvokeError();

    public static int NewEpoll() => Check(EpollCreate(CloseOnExec), "epoll_create1");

    /// <summary>A file that becomes readable when it is signalled.</summary>
    public static int NewEventFile() => Check(EventFile(0, CloseOnExec | NonBlocking), "eventfd");

    public static void Signal(int eventFile)
    {
        var one = 1L;
        _ = Write(eventFile, &one, sizeof(long));
    }

    /// <summary>Makes it unreadable until it is signalled again.</summary>
    public static void ClearSignal(int eventFile)
    {
        long count;
        _ = Read(eventFile, &count, sizeof(long));
    }

    /// <summary>Watches a file.</summary>
    public static void Watch(int epoll, int file, uint events, long data) => Control(epoll, 1, file, events, data);

    /// <summary>Changes the events for which a file is watched.</summary>
    public static void WatchAgain(int epoll, int file, uint events, long data) => Control(epoll, 3, file, events, data);

    /// <summary>Waits for events. Returns the number of ready files.</summary>
    public static int Wait(int epoll, Span<(long Data, uint Events)> ready, int milliseconds)
    {
        var description = stackalloc byte[16 * ready.Length];
        var count = EpollWait(epoll, description, ready.Length, milliseconds);
        for (var i = 0; i < count; i++)
            ready[i] = (*(long*)(description + (i * EventSize) + DataOffset), *(uint*)(description + (i * EventSize)));
        return count;
    }

    /// <summary>A new connection's socket, or -1; <paramref name="address"/> gets the client's address.</summary>
    public static int Accept(int listening, Span<byte> address)
    {
        var length = (uint)address.Length;
        fixed (byte* bytes = address)
            return AcceptCall(listening, bytes, &length, NonBlocking | CloseOnExec);
    }

    /// <summary>Sends small messages at once (TCP_NODELAY).</summary>
    public static void DoNotDelay(int socket)
    {
        var yes = 1;
        _ = SetOption(socket, Tcp, NoDelay, &yes, sizeof(int));
    }

    /// <summary>Closing the socket will discard what is not sent yet (SO_LINGER 0).</summary>
    public static void DoNotLinger(int socket)
    {
        var linger = stackalloc int[] { 1, 0 };
        _ = SetOption(socket, SocketLevel, LingerOption, linger, 2 * sizeof(int));
    }

    /// <summary>Bytes read, 0 at the end, -1 when there is nothing yet or the connection broke.</summary>
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

    /// <summary>Bytes sent, -1 when there is no room or the connection broke.</summary>
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

    /// <summary>Ends sending; receiving goes on.</summary>
    public static void EndWriting(int socket) => _ = Shutdown(socket, ShutdownWrite);

    /// <summary>Ends both directions.</summary>
    public static void Shutdown(int socket) => _ = Shutdown(socket, ShutdownBoth);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);

    private static void Control(int epoll, int operation, int file, uint events, long data)
    {
        var description = stackalloc byte[16];
        *(uint*)description = events;
        *(long*)(description + DataOffset) = data;
        Check(EpollControl(epoll, operation, file, description), "epoll_ctl");
    }

    private static int Check(int result, string call) => result >= 0
        ? result
        : throw new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(Error)}");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int file, byte* description);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, byte* description, int max, int milliseconds);

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
