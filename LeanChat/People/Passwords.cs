using System.Diagnostics;
using LeanChat.Storage;
using LeanChat.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace LeanChat.People;

/// <summary>
/// Hashes passwords (PBKDF2-HMAC-SHA512, 210,000 rounds as OWASP advises), each some 100 ms of a core. A flood of sign-ins gets a
/// quarter of the machine and waits for the rest.
/// </summary>
internal sealed class Passwords : IDisposable
{
    public const int Least = 8;
    public const int Most = 256;

    /// <summary>Sign-ins that may wait, some ten seconds' worth; more are told to come again.</summary>
    private const int Queue = 50;

    private readonly PasswordHasher<Admin> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    private static readonly int Places = Math.Max(1, Environment.ProcessorCount / 4);

    /// <summary>How long a place stays empty after a hash for which others had to wait, in times that the hash took.</summary>
    private static readonly double Rest = Math.Max(0, (4.0 * Places / Environment.ProcessorCount) - 1);

    private readonly SemaphoreSlim _places = new(Places);
    private readonly Lazy<string> _nobodys;
    private int _asked;

    public Passwords() => _nobodys = new(() => _hasher.HashPassword(null!, Sessions.NewToken()));

    /// <summary>What is wrong with a new password, in a sentence; null when nothing is.</summary>
    public static string? Complaint(string? password) => password?.Length is >= Least and <= Most
        ? null
        : $"A password has at least {Least} and at most {Most} characters.";

    public Task<string> HashAsync(string password) => InPlaceAsync(() => _hasher.HashPassword(null!, password));

    /// <summary>Takes the same time whether or not there is such an admin.</summary>
    public Task<bool> VerifyAsync(Admin? admin, string password) => InPlaceAsync(() =>
        _hasher.VerifyHashedPassword(null!, admin?.PasswordHash ?? _nobodys.Value, password) != PasswordVerificationResult.Failed && admin is not null);

    private async Task<T> InPlaceAsync<T>(Func<T> work)
    {
        if (Interlocked.Increment(ref _asked) > Queue)
        {
            Interlocked.Decrement(ref _asked);
            throw new StorageException(StorageFailure.Overloaded, "Too many sign in at once.");
        }

        await _places.WaitAsync();
        var begun = Stopwatch.GetTimestamp();
        try
        {
            return await Task.Run(work);
        }
        finally
        {
            _ = GiveBackAsync(Stopwatch.GetElapsedTime(begun));
        }
    }

    /// <summary>Whoever comes alone is followed by nobody who would wait; in a crowd the place rests.</summary>
    private async Task GiveBackAsync(TimeSpan took)
    {
        if (Interlocked.Decrement(ref _asked) > 0)
            await Task.Delay(took * Rest);
        _places.Release();
    }

    public void Dispose() => _places.Dispose();
}
