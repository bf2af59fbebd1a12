using System.Runtime;
using LeanChat.Background;

namespace LeanChat.Operations;

/// <summary>
/// Collects garbage after a busy time and gives the memory back. Otherwise the memory that opening a thousand sockets took would stay
/// with the process until the next collection, which idle sockets never cause.
/// </summary>
internal sealed class IdleGarbageCollector(TimeProvider clock, ILogger<IdleGarbageCollector> log) : BackgroundLoop(log)
{
    /// <summary>Bytes allocated since the last collection that justify another (a pause of 20 ms per thousand sockets).</summary>
    private const long EnoughToCollect = 16 << 20;

    /// <summary>Fewer bytes allocated in a second make it an idle second; ten messages take a tenth of it.</summary>
    private const long IdleBytes = 1 << 20;

    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    protected override async Task RunAsync(CancellationToken stopping)
    {
        var (before, collected) = (0L, 0L);
        while (true)
        {
            await Task.Delay(CheckEvery, clock, stopping);
            var now = GC.GetTotalAllocatedBytes();
            if (now - before < IdleBytes && now - collected > EnoughToCollect)
            {
                GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                collected = now;
            }

            before = now;
        }
    }
}
