using BenchmarkDotNet.Running;
using LeanChat.Bench;

// `store`: how fast messages come to rest. Anything else is BenchmarkDotNet's.
if (args is ["store", .. var rest])
    await StoreFlood.RunAsync(rest);
else
    BenchmarkSwitcher.FromAssembly(typeof(StoreFlood).Assembly).Run(args);
