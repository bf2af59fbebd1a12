using System.Diagnostics;

namespace LeanChat.Bench.Load;

/// <summary>
/// Messages in many chats at once: as fast as they are heard, or at a steady rate. A message is under way until every socket of
/// its chat has heard it, so that a server that puts some of them off gains nothing by it.
/// </summary>
internal sealed class Traffic
{
    /// <summary>Times kept per chat of messages whose echo has not come yet.</summary>
    private const int Kept = 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Crowd _crowd;
    private readonly Wire _wire;
    private readonly LoadOrder _order;
    private readonly Line[] _lines;
    private readonly int[] _sent;
    private readonly long[] _heard;
    private readonly long[] _sentAt;
    private readonly Queue<int> _free = new();
    private readonly bool[] _isFree;
    private readonly Histogram _times = new();
    private long _deliveries;
    private long _echoes;
    private long _total;
    private long _measuredFrom = long.MaxValue;

    public Traffic(Crowd crowd, Wire wire, LoadOrder order, Line[] lines)
    {
        (_crowd, _wire, _order, _lines) = (crowd, wire, order, lines);
        (_sent, _heard, _isFree) = (new int[order.Topics], new long[order.Topics], new bool[order.Topics]);
        _sentAt = new long[order.Topics * Kept];
        crowd.Heard = Hear;
    }

    public LoadResult Run()
    {
        var gauge = new Gauge(_order.Process);
        if (_order.Rate > 0)
            _crowd.Tick(Math.Min(_order.Rate, 1000));
        else
            Enumerable.Range(0, _order.Topics).ToList().ForEach(Free);
        Go(_order.WarmUp);
        var (clock, cpu, own, deliveries, echoes) = (Stopwatch.StartNew(), gauge.Cpu(), Environment.CpuUsage.TotalTime, _deliveries, _echoes);
        _measuredFrom = Stopwatch.GetTimestamp();
        Go(_order.Seconds);
        var result = new LoadResult
        {
            ServerCpu = gauge.Cpu() - cpu,
            Seconds = clock.Elapsed.TotalSeconds,
            OwnCpu = (Environment.CpuUsage.TotalTime - own).TotalSeconds,
            Deliveries = _deliveries - deliveries,
            Messages = _echoes - echoes,
        };
        Settle();
        var missing = _lines.Sum(line => (long)Math.Abs(_sent[line.Topic] - line.Heard));
        return result with
        {
            Sent = _total,
            // Only now: what a server that falls behind has put off counts as well.
            P50 = Milliseconds(50),
            P99 = Milliseconds(99),
            Lost = missing + _crowd.Disorder + _crowd.LostCount,
            Trouble = _crowd.Trouble ?? (missing + _crowd.Disorder == 0 ? null : $"{missing} never came, {_crowd.Disorder} came twice or out of order"),
            WireLength = _crowd.WireLength,
        };
    }

    private double Milliseconds(double percent) => _times.Percentile(percent) * 1000.0 / Stopwatch.Frequency;

    private void Go(double seconds)
    {
        var (begin, start) = (Stopwatch.GetTimestamp(), _total);
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds is var passed && passed < seconds)
        {
            if (_order.Rate > 0)
            {
                for (var due = (long)(passed * _order.Rate); _total - start < due;)
                    Send((int)(_total % _order.Topics), 1);
            }

            while (_free.TryDequeue(out var topic))
            {
                _isFree[topic] = false;
                Send(topic, _order.Window - (_sent[topic] - (int)(_heard[topic] / _order.Members)));
            }

            _crowd.Turn(20);
            if (_crowd.LostCount > 0)
                return;
        }
    }

    /// <summary>What is under way is waited for: everything sent has to be heard by everybody.</summary>
    private void Settle()
    {
        var clock = Stopwatch.StartNew();
        while (_deliveries < _total * _order.Members && _crowd.LostCount == 0 && clock.Elapsed < Patience)
            _crowd.Turn(20);
        // And nothing more than that: a moment for what came twice.
        for (clock.Restart(); clock.Elapsed < TimeSpan.FromMilliseconds(200);)
            _crowd.Turn(20);
    }

    private void Send(int topic, int count)
    {
        if (count <= 0)
            return;
        var now = Stopwatch.GetTimestamp();
        var first = _sent[topic] + 1;
        for (var i = 0; i < count; i++)
            _sentAt[(topic * Kept) + ((first + i) % Kept)] = now;
        _sent[topic] += count;
        _total += count;
        _crowd.Send(_lines[topic * _order.Members], _wire.Compose(topic, first, count));
    }

    private void Hear(Line line, int number)
    {
        _deliveries++;
        var topic = line.Topic;
        if (line.Sends)
        {
            _echoes++;
            var sentAt = _sentAt[(topic * Kept) + (number % Kept)];
            if (sentAt >= _measuredFrom)
                _times.Add(Stopwatch.GetTimestamp() - sentAt);
        }

        if (++_heard[topic] % _order.Members == 0 && _order.Rate == 0)
            Free(topic);
    }

    private void Free(int topic)
    {
        if (_isFree[topic])
            return;
        _isFree[topic] = true;
        _free.Enqueue(topic);
    }
}
