using System.Diagnostics;
using System.Globalization;
using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>A server that can stand in the table.</summary>
internal abstract class Peer
{
    public static readonly IReadOnlyList<Peer> All =
    [
        new LeanChatPeer(), new WsSqlitePeer("message"), new WsSqlitePeer("turn"), new SignalRSqlitePeer(),
        new SignalRPeer(), new WsPeer(), new SocketIoPeer(), new NchanPeer(), new MosquittoPeer(),
        new LeanChatPeer(without: "OwnSockets"),
    ];

    private const string Servers = "/usr/sbin";

    /// <summary>What it is called on the command socket.</summary>
    public abstract string Name { get; }

    /// <summary>It runs only when `--peers` names it.</summary>
    public virtual bool IsOnlyNamed => false;

    /// <summary>What it is called in the table, with its version, once it is prepared.</summary>
    public abstract string Title { get; }

    /// <summary>Gets it ready; answers what is missing here and how to get it, or null.</summary>
    public abstract Task<string?> PrepareAsync(FloodOptions options);

    /// <summary>How to start it.</summary>
    public abstract ProcessStartInfo Start(int port, string folder);

    /// <summary>The protocol that it speaks.</summary>
    public abstract Protocol CreateProtocol();

    /// <summary>Users are made on it beforehand, and it knows them after a restart.</summary>
    public virtual bool NeedsUsers => false;

    /// <summary>It has each message committed and synced, with a gapless number in its chat, before anybody hears of it.</summary>
    public virtual bool Stores => false;

    /// <summary>What it has in its database, while it still runs; only of a peer that stores.</summary>
    public virtual StoredMessages Stored(string folder) => throw new NotSupportedException($"{Name} stores nothing.");

    /// <summary>A program, also where servers lie that are not on everybody's path.</summary>
    protected static ProcessStartInfo Command(string program, params IEnumerable<string> arguments) =>
        new(File.Exists(Path.Combine(Servers, program)) ? Path.Combine(Servers, program) : program, arguments);

    protected static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
