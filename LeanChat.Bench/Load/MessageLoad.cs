using System.Diagnostics;

namespace LeanChat.Bench.Load;

/// <summary>
/// Messages in many chats at once: as fast as they are delivered, or at a steady rate. A message is under way until every socket of
/// its chat has received it, so that a server that puts some of them off gains nothing by it.
/// </summary>
internal sealed class MessageLoad
{
    /// <summary>Send times kept for each chat; far more than messages are under way.</summary>
    private const int TimesKept = 1024;

    private static readonly TimeSpan DeliveryLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan DuplicateWait = TimeSpan.FromMilliseconds(200);

    private readonly ClientSockets _sockets;
    private readonly Protocol _protocol;
    private readonly LoadRequest _request;
    private readonly ClientSocket[] _clients;
    private readonly int[] _sent;
    private readonly long[] _received;
    private readonly long[] _sentAt;
    private readonly Queue<int> _free = new();
    private readonly bool[] _isFree;
    private readonly Histogram _times = new();
    private long _deliveries;
    private long _echoes;
    private long _totalSent;
    private long _measuredFrom = long.MaxValue;

    public MessageLoad(ClientSockets sockets, Protocol protocol, LoadRequest request, ClientSocket[] clients)
    {
        (_sockets, _protocol, _request, _clients) = (sockets, protocol, request, clients);
        (_sent, _received, _isFree) = (new int[request.Topics], new long[request.Topics], new bool[request.Topics]);
        _sentAt = new long[request.Topics * TimesKept];
        sockets.Received = OnMessage;
    }

    public LoadResult Run()
    {
        var usage = new ProcessUsage(_request.Process);
        if (_request.Rate > 0)
            _sockets.StartTimer(Math.Min(_request.Rate, 1000));
        else
            Enumerable.Range(0, _request.Topics).ToList().ForEach(MarkFree);
        SendFor(_request.WarmUp);
        var (clock, cpu, ownCpu) = (Stopwatch.StartNew(), usage.Cpu(), Environment.CpuUsage.TotalTime);
        var (deliveries, echoes) = (_deliveries, _echoes);
        _measuredFrom = Stopwatch.GetTimestamp();
        SendFor(_request.Seconds);
        var result = new LoadResult
        {
            ServerCpu = usage.Cpu() - cpu,
            Seconds = clock.Elapsed.TotalSeconds,
            OwnCpu = (Environment.CpuUsage.TotalTime - ownCpu).TotalSeconds,
            Deliveries = _deliveries - deliveries,
            Messages = _echoes - echoes,
        };
        AwaitDeliveries();
        var missing = _clients.Sum(client => (long)Math.Abs(_sent[client.Topic] - client.LastNumber));
        var disorder = $"{missing} did not come within {DeliveryLimit.TotalSeconds} s, {_sockets.Disorder} came twice or out of order";
        return result with
        {
            Sent = _totalSent,
            // Only now, so that messages which a slow server has put off count as well.
            P50 = Milliseconds(50),
            P99 = Milliseconds(99),
            Lost = missing + _sockets.Disorder + _sockets.LostCount,
            Error = _sockets.Error ?? (missing + _sockets.Disorder == 0 ? null : disorder),
            WireLength = _sockets.WireLength,
        };
    }

    private double Milliseconds(double percent) => _times.Percentile(percent) * 1000.0 / Stopwatch.Frequency;

    private void SendFor(double seconds)
    {
        var (begin, start) = (Stopwatch.GetTimestamp(), _totalSent);
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds is var passed && passed < seconds)
        {
            if (_request.Rate > 0)
            {
                for (var due = (long)(passed * _request.Rate); _totalSent - start < due;)
                    Send((int)(_totalSent % _request.Topics), 1);
            }

            while (_free.TryDequeue(out var topic))
            {
                _isFree[topic] = false;
                var underWay = _sent[topic] - (int)(_received[topic] / _request.Members);
                Send(topic, _request.Window - underWay);
            }

            _sockets.Poll(20);
            if (_sockets.LostCount > 0)
                return;
        }
    }

    /// <summary>Waits until every socket has received everything, and a moment longer for duplicates.</summary>
    private void AwaitDeliveries()
    {
        var clock = Stopwatch.StartNew();
        while (_deliveries < _totalSent * _request.Members && _sockets.LostCount == 0 && clock.Elapsed < DeliveryLimit)
            _sockets.Poll(20);
        for (clock.Restart(); clock.Elapsed < DuplicateWait;)
            _sockets.Poll(20);
    }

    private void Send(int topic, int count)
    {
        if (count <= 0)
            return;
        var now = Stopwatch.GetTimestamp();
        var first = _sent[topic] + 1;
        for (var i = 0; i < count; i++)
            _sentAt[(topic * TimesKept) + ((first + i) % TimesKept)] = now;
        _sent[topic] += count;
        _totalSent += count;
        _sockets.Send(_clients[topic * _request.Members], _protocol.Compose(topic, first, count));
    }

    private void OnMessage(ClientSocket socket, int number)
    {
        _deliveries++;
        var topic = socket.Topic;
        if (socket.Sends)
        {
            _echoes++;
            var sentAt = _sentAt[(topic * TimesKept) + (number % TimesKept)];
            if (sentAt >= _measuredFrom)
                _times.Add(Stopwatch.GetTimestamp() - sentAt);
        }

        if (++_received[topic] % _request.Members == 0 && _request.Rate == 0)
            MarkFree(topic);
    }

    /// <summary>The chat may send its next messages.</summary>
    private void MarkFree(int topic)
    {
        if (_isFree[topic])
            return;
        _isFree[topic] = true;
        _free.Enqueue(topic);
    }
}
