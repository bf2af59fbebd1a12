using System.Runtime.InteropServices;

namespace LeanChat.Bench.Load;

/// <summary>What the load program needs of Linux, called plainly.</summary>
internal static unsafe partial class Libc
{
    public const int Again = 11, InProgress = 115;
    public const uint Readable = 1, Writable = 4;
    private const int IPv4 = 2, NonBlockingStream = 0x801, Tcp = 6, NoDelay = 1, NonBlocking = 0x800, NoSignal = 0x4000, OpenFiles = 7, Terminate = 15;

    /// <summary>`struct epoll_event` is packed on x86-64 alone.</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - 8;

    public static int Error => Marshal.GetLastPInvokeError();

    /// <summary>A connection under way from 127.0.0.<paramref name="source"/>: 28,000 ports each.</summary>
    public static int Connect(int port, int source)
    {
        var socket = Check(Socket(IPv4, NonBlockingStream, 0), "socket");
        var yes = 1;
        Check(SetOption(socket, Tcp, NoDelay, &yes, sizeof(int)), "setsockopt");
        var address = stackalloc byte[16];
        if (source > 1)
        {
            Loopback(address, 0, source);
            Check(Bind(socket, address, 16), "bind");
        }

        Loopback(address, port, 1);
        if (Connect(socket, address, 16) < 0 && Error != InProgress)
            throw Failed("connect");
        return socket;
    }

    /// <summary>Bytes read, 0 at the end, -1 when there is nothing yet or the line broke.</summary>
    public static int Receive(int socket, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
            return (int)Receive(socket, bytes, (nuint)buffer.Length, 0);
    }

    public static int Send(int socket, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
            return (int)Send(socket, bytes, (nuint)buffer.Length, NoSignal);
    }

    public static int NewPoll() => Check(EpollCreate(0), "epoll_create1");

    /// <summary>Adds (1), changes (3) what is waited for on a file.</summary>
    public static void Watch(int poll, int operation, int file, uint events, long data)
    {
        var described = stackalloc byte[16];
        *(uint*)described = events;
        *(long*)(described + DataOffset) = data;
        Check(EpollControl(poll, operation, file, described), "epoll_ctl");
    }

    /// <summary>Waits; tells for each ready file its data and events.</summary>
    public static int Wait(int poll, Span<(long Data, uint Events)> ready, int milliseconds)
    {
        var described = stackalloc byte[16 * ready.Length];
        var count = EpollWait(poll, described, ready.Length, milliseconds);
        for (var i = 0; i < count; i++)
            ready[i] = (*(long*)(described + (i * EventSize) + DataOffset), *(uint*)(described + (i * EventSize)));
        return count;
    }

    /// <summary>A file that becomes readable so many times a second.</summary>
    public static int NewTimer(double perSecond)
    {
        var timer = Check(TimerCreate(1, NonBlocking), "timerfd_create");
        var nanoseconds = (long)(1e9 / perSecond);
        var times = stackalloc long[4];
        (times[0], times[1], times[2], times[3]) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000, nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
        Check(TimerSet(timer, 0, times, null), "timerfd_settime");
        return timer;
    }

    public static void Drain(int timer)
    {
        long count;
        _ = Read(timer, &count, sizeof(long));
    }

    /// <summary>CPU seconds that a process, with all its threads, has used; null when it is gone.</summary>
    public static double? CpuOf(int process)
    {
        var time = stackalloc long[2];
        // MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of the kernel: nanoseconds, where /proc counts in hundredths of a second.
        return ClockTime((~process << 3) | 2, time) == 0 ? time[0] + (time[1] / 1e9) : null;
    }

    /// <summary>As many open files as this process may have, and, as root, enough of them; servers started from here inherit it.</summary>
    public static void RaiseOpenFiles(long wanted)
    {
        var limits = stackalloc long[2];
        if (GetLimit(OpenFiles, limits) < 0)
            return;
        (limits[0], limits[1]) = (Math.Max(limits[1], wanted), Math.Max(limits[1], wanted));
        if (SetLimit(OpenFiles, limits) < 0)
        {
            _ = GetLimit(OpenFiles, limits);
            limits[0] = limits[1];
            _ = SetLimit(OpenFiles, limits);
        }
    }

    public static void AskToEnd(int process) => _ = Kill(process, Terminate);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);

    private static void Loopback(byte* address, int port, int last)
    {
        *(ushort*)address = IPv4;
        (address[2], address[3]) = ((byte)(port >> 8), (byte)port);
        (address[4], address[5], address[6], address[7]) = (127, 0, 0, (byte)last);
    }

    private static int Check(int result, string call) => result >= 0 ? result : throw Failed(call);

    private static IOException Failed(string call) => new($"{call}: {Marshal.GetPInvokeErrorMessage(Error)}");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int poll, int operation, int file, byte* described);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int poll, byte* described, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int TimerCreate(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    private static partial int TimerSet(int timer, int flags, long* times, long* before);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int file, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockTime(int clock, long* time);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, long* limits);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, long* limits);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
