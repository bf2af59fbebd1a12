using BenchmarkDotNet.Attributes;
using LeanChat.Live;
using LeanChat.Transport;

namespace LeanChat.Bench;

/// <summary>What a delivery costs from the hub to the line of each listener, without a network. Time and memory are per delivery.</summary>
[MemoryDiagnoser]
public class HubBench : IDisposable
{
    private const int Listeners = 1000;
    private const int Burst = 32;
    private const string Topic = "chat";

    private static readonly byte[] Text = new byte[228];

    private readonly TaskCompletionSource<int> _hungUp = new();
    private readonly List<Task> _sockets = [];
    private readonly Hub _hub = new(Microsoft.Extensions.Logging.Abstractions.NullLogger<Hub>.Instance);
    private readonly Arrivals _arrivals = new();

    [GlobalSetup]
    public void Open()
    {
        var limits = new MailboxLimits(
            256, 1 << 20, 65_536, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        for (var i = 0; i < Listeners; i++)
        {
            var mailbox = _hub.Register(limits);
            _hub.Subscribe(Topic, mailbox);
            _sockets.Add(new WebSocketLoop(
                new Listener(_arrivals, _hungUp.Task), mailbox, limits, TimeProvider.System, new Frame(default)).RunAsync(_ => default));
        }
    }

    [GlobalCleanup]
    public Task CloseAsync()
    {
        _hungUp.SetResult(0);
        return Task.WhenAll(_sockets);
    }

    public void Dispose()
    {
        _hub.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Listeners)]
    public Task OneFrameToThousand() => PublishAsync(1);

    [Benchmark(OperationsPerInvoke = Listeners * Burst)]
    public Task ABurstToThousand() => PublishAsync(Burst);

    private Task PublishAsync(int count)
    {
        var frame = new Frame(Text);
        var all = _arrivals.Expect((long)count * Listeners * frame.WebSocketBytes.Length);
        for (var i = 0; i < count; i++)
            _hub.Publish(Topic, frame);
        return all;
    }

    /// <summary>Counts the bytes that have reached a line.</summary>
    private sealed class Arrivals
    {
        private TaskCompletionSource _all = new();
        private long _left;

        public Task Expect(long bytes)
        {
            (_all, _left) = (new(TaskCreationOptions.RunContinuationsAsynchronously), bytes);
            return _all.Task;
        }

        public void Add(int bytes)
        {
            if (Interlocked.Add(ref _left, -bytes) == 0)
                _all.SetResult();
        }
    }

    /// <summary>A listener that says nothing and takes everything.</summary>
    private sealed class Listener(Arrivals arrivals, Task<int> hungUp) : Connection
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer) => new(hungUp);

        public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
        {
            arrivals.Add(bytes.Length);
            return default;
        }

        public override void Cut(bool forget = false)
        {
        }

        public override void Close()
        {
        }
    }
}
