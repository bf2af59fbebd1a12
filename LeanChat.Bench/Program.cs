using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using LeanChat.Bench;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;
using LeanChat.Storage.Sqlite;
using LeanChat.Storage;

// `flood`: real sockets, side by side with other servers. `store`: how fast messages come to rest. `history`: how
// long an owner waits on a database of many years. Anything else is BenchmarkDotNet's.
switch (args)
{
    case ["flood", .. var rest]:
        return await Flood.RunAsync(rest);
    case ["load", var order]:
        await Loader.RunAsync(order);
        return 0;
    case ["peer", "signalr", var port]:
        await SignalRPeer.ServeAsync(port);
        return 0;
    case ["store", .. var rest]:
        await StoreFlood.RunAsync(rest);
        return 0;
    case ["history", .. var rest]:
        await HistoryFlood.RunAsync(rest);
        return 0;
    default:
        // It builds all of LeanChat anew: a busy machine needs more than its two minutes.
        BenchmarkSwitcher.FromAssembly(typeof(StoreFlood).Assembly).Run(args, ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(TimeSpan.FromMinutes(10)));
        return 0;
}
