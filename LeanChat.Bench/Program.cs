using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using LeanChat.Bench;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;

// `flood`: LeanChat and other servers over real sockets. `store`: committed messages per second, without sockets. `history`: how long
// reads take in a large database. `files`: what uploads and many files cost messages. `listeners`: what a listener
// of each dialect takes of memory. `load` and `peer` are started by `flood`. Anything
// else goes to BenchmarkDotNet.
switch (args)
{
    case ["flood", .. var rest]:
        return await Flood.RunAsync(rest);
    case ["load", var request]:
        await LoadProgram.RunAsync(request);
        return 0;
    case ["peer", "signalr", var port]:
        await SignalRPeer.ServeAsync(port);
        return 0;
    case ["peer", "signalr-sqlite", var port, var database]:
        await SignalRSqlitePeer.ServeAsync(port, database);
        return 0;
    case ["store", .. var rest]:
        await StoreFlood.RunAsync(rest);
        return 0;
    case ["history", .. var rest]:
        await HistoryFlood.RunAsync(rest);
        return 0;
    case ["files", .. var rest]:
        await FilesBench.RunAsync(rest);
        return 0;
    case ["listeners", .. var rest]:
        await ListenerMemory.RunAsync(rest);
        return 0;
    default:
        // BenchmarkDotNet builds all of LeanChat again, which takes a busy machine longer than the default of two minutes.
        var config = ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(TimeSpan.FromMinutes(10));
        BenchmarkSwitcher.FromAssembly(typeof(StoreFlood).Assembly).Run(args, config);
        return 0;
}
