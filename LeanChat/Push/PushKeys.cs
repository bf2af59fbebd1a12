using LeanChat.Configuration;

namespace LeanChat.Push;

/// <summary>
/// This server's key for push services: made at first use, kept sealed. Without the key file it cannot be opened; then a new one is made,
/// and all devices are forgotten, because they only take messages signed with the old one.
/// </summary>
internal sealed class PushKeys(CurrentSettings settings) : IDisposable
{
    private readonly Lock _reading = new();
    private Task<VapidKey>? _key;

    public Task<VapidKey> GetAsync()
    {
        lock (_reading)
        {
            if (_key is null or { IsFaulted: true })
                _key = ReadAsync();
            return _key;
        }
    }

    public void Dispose()
    {
        if (_key is { IsCompletedSuccessfully: true })
            _key.Result.Dispose();
    }

    private async Task<VapidKey> ReadAsync() => VapidKey.Import(await settings.SealedAsync("PushKey", Make, PushStore.ForgetAll));

    private static string Make()
    {
        using var key = VapidKey.Create();
        return key.Export();
    }
}
