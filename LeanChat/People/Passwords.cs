using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace LeanChat.People;

/// <summary>Hashes passwords (PBKDF2-HMAC-SHA512, 210,000 rounds as OWASP advises), a few at a time: each takes about 150 ms of a core.</summary>
internal sealed class Passwords : IDisposable
{
    public const int Least = 8;
    public const int Most = 256;

    private readonly PasswordHasher<Admin> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    // One less than there are cores, so that a flood of sign-ins leaves room for the chats.
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount - 1));
    private readonly Lazy<string> _nobodys;

    public Passwords() => _nobodys = new(() => _hasher.HashPassword(null!, Sessions.NewToken()));

    public static Refusal? Complaint(string? password) => password?.Length is >= Least and <= Most
        ? null
        : Refusal.BadRequest($"A password has at least {Least} and at most {Most} characters.");

    public Task<string> HashAsync(string password) => InPlaceAsync(() => _hasher.HashPassword(null!, password));

    /// <summary>Takes the same time whether or not there is such an admin.</summary>
    public Task<bool> VerifyAsync(Admin? admin, string password) => InPlaceAsync(() =>
        _hasher.VerifyHashedPassword(null!, admin?.PasswordHash ?? _nobodys.Value, password) != PasswordVerificationResult.Failed && admin is not null);

    private async Task<T> InPlaceAsync<T>(Func<T> work)
    {
        await _places.WaitAsync();
        try
        {
            return await Task.Run(work);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
