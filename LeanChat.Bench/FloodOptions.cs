using System.Globalization;

namespace LeanChat.Bench;

/// <summary>The command line of `flood`.</summary>
internal sealed record FloodOptions
{
    public const string Usage =
        """
        flood: LeanChat and its peers under the same load, side by side. The table goes to standard output.

          --peers LIST       leanchat,ws-sqlite,ws-sqlite-turn,signalr-sqlite,signalr,ws,socketio,nchan,mosquitto
                             (all that can be installed); also leanchat-without-ownsockets
          --scenarios LIST   fanout,fanout20,pairs,pairs1000,idle,accept,store,slowsync (all)
          --runs N           the table shows medians of N runs (3)
          --seconds N        measured for each figure (5)
          --warmup N         seconds before that (3)
          --window N         messages under way in `fanout` (32)
          --sockets N        in `idle` and `accept` (10000)
          --readme PATH      writes the table into this README
          --binary PATH      LeanChat's executable (the one built with this program)
        """;

    private string[]? _peers;
    private string[]? _scenarios;

    public int Runs { get; private set; } = 3;

    public double Seconds { get; private set; } = 5;

    public double WarmUp { get; private set; } = 3;

    public int Window { get; private set; } = 32;

    public int Sockets { get; private set; } = 10_000;

    public string? Binary { get; private set; }

    public string? Readme { get; private set; }

    public bool Wants(Peers.Peer peer) => _peers?.Contains(peer.Name) ?? !peer.IsOnlyNamed;

    public bool Wants(Scenario scenario) => _scenarios?.Contains(scenario.Name) ?? true;

    /// <summary>Null when something in it is unknown or wrong.</summary>
    public static FloodOptions? Parse(string[] args)
    {
        var options = new FloodOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !options.TrySet(args[i], args[i + 1]))
                return null;
        }

        return options;
    }

    private bool TrySet(string key, string value)
    {
        var isNumber = double.TryParse(value, CultureInfo.InvariantCulture, out var number) && number > 0;
        switch (key)
        {
            case "--peers":
                return Known(_peers = value.Split(','), Peers.Peer.All.Select(peer => peer.Name));
            case "--scenarios":
                return Known(_scenarios = value.Split(','), Scenario.All.Select(scenario => scenario.Name));
            case "--binary":
                Binary = Path.GetFullPath(value);
                return true;
            case "--readme":
                Readme = value;
                return File.Exists(value);
            case "--runs":
                Runs = (int)number;
                return isNumber;
            case "--seconds":
                Seconds = number;
                return isNumber;
            case "--warmup":
                WarmUp = number;
                return isNumber;
            case "--window":
                Window = (int)number;
                return isNumber;
            case "--sockets":
                Sockets = (int)number;
                return isNumber;
            default:
                return false;
        }
    }

    private static bool Known(string[] asked, IEnumerable<string> names) => asked.All(names.Contains);
}
