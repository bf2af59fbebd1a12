using System.Runtime;
using LeanChat.Background;

namespace LeanChat.Operations;

/// <summary>
/// Gives memory back once a rush is over. What a thousand sockets needed in order to come in would otherwise stay with the process
/// until the next collection, which nothing asks for while they are silent.
/// </summary>
internal sealed class IdleGarbageCollector(TimeProvider clock, ILogger<IdleGarbageCollector> log) : BackgroundLoop(log)
{
    /// <summary>Bytes allocated since memory was last given back that make it worth a stop, of some 20 ms per thousand open sockets.</summary>
    private const long Worthwhile = 16 << 20;

    /// <summary>A second in which less than this is allocated is a quiet one; ten messages take a tenth of it.</summary>
    private const long Quiet = 1 << 20;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task RunAsync(CancellationToken stopping)
    {
        var (before, given) = (0L, 0L);
        while (true)
        {
            await Task.Delay(Look, clock, stopping);
            var now = GC.GetTotalAllocatedBytes();
            if (now - before < Quiet && now - given > Worthwhile)
            {
                GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                given = now;
            }

            before = now;
        }
    }
}
