using System.Runtime.InteropServices;
using LeanChat.Transport;

namespace LeanChat.Bench.Load;

/// <summary>System calls of the load program that the server does not need.</summary>
internal static unsafe partial class Libc
{
    private const int InProgress = 115, IPv4 = 2, NonBlockingStream = 0x801, NonBlocking = 0x800, OpenFiles = 7, SigTerm = 15;

    /// <summary>Begins to connect from 127.0.0.<paramref name="source"/>; each such address has 28,000 ports.</summary>
    public static int Connect(int port, int source)
    {
        var socket = Check(Socket(IPv4, NonBlockingStream, 0), "socket");
        LinuxCalls.DoNotDelay(socket);
        var address = stackalloc byte[16];
        if (source > 1)
        {
            Loopback(address, 0, source);
            Check(Bind(socket, address, 16), "bind");
        }

        Loopback(address, port, 1);
        if (Connect(socket, address, 16) < 0 && LinuxCalls.Error != InProgress)
            throw Failed("connect");
        return socket;
    }

    /// <summary>A file descriptor that becomes readable <paramref name="perSecond"/> times a second.</summary>
    public static int NewTimer(double perSecond)
    {
        var timer = Check(TimerCreate(1, NonBlocking), "timerfd_create");
        var nanoseconds = (long)(1e9 / perSecond);
        var times = stackalloc long[4];
        var (seconds, rest) = Math.DivRem(nanoseconds, 1_000_000_000);
        (times[0], times[1], times[2], times[3]) = (seconds, rest, seconds, rest);
        Check(TimerSet(timer, 0, times, null), "timerfd_settime");
        return timer;
    }

    /// <summary>CPU seconds that a process, with all its threads, has used; null when it is gone.</summary>
    public static double? CpuOf(int process)
    {
        var time = stackalloc long[2];
        // MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of the kernel: nanoseconds, where /proc counts in hundredths of a second.
        return ClockTime((~process << 3) | 2, time) == 0 ? time[0] + (time[1] / 1e9) : null;
    }

    /// <summary>Raises the limit of open files, as root to <paramref name="wanted"/>; servers started from here inherit it.</summary>
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

    /// <summary>Sends SIGTERM.</summary>
    public static void Terminate(int process) => _ = Kill(process, SigTerm);

    private static void Loopback(byte* address, int port, int last)
    {
        *(ushort*)address = IPv4;
        (address[2], address[3]) = ((byte)(port >> 8), (byte)port);
        (address[4], address[5], address[6], address[7]) = (127, 0, 0, (byte)last);
    }

    private static int Check(int result, string call) => result >= 0 ? result : throw Failed(call);

    private static IOException Failed(string call) => new($"{call}: {Marshal.GetPInvokeErrorMessage(LinuxCalls.Error)}");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int TimerCreate(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    private static partial int TimerSet(int timer, int flags, long* times, long* before);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockTime(int clock, long* time);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, long* limits);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, long* limits);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
