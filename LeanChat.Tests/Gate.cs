using LeanChat.Storage;

namespace LeanChat.Tests;

/// <summary>Holds the writer, so that what is asked of it meanwhile shares one commit.</summary>
internal sealed class Gate : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManualResetEventSlim _open = new();

    public Gate(Database database)
    {
        using var held = new ManualResetEventSlim();
        _ = database.WriteAsync(_ =>
        {
            held.Set();
            return _open.Wait(Patience);
        });
        held.Wait(Patience).Should().BeTrue();
    }

    public void Open() => _open.Set();

    public void Dispose() => _open.Set();
}
