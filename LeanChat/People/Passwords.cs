using System.Diagnostics;
using LeanChat.Storage;
using LeanChat.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace LeanChat.People;

/// <summary>
/// Hashes passwords (PBKDF2-HMAC-SHA512, 210,000 rounds as OWASP advises). A hash takes about 100 ms of a core; all hashes together
/// use at most a quarter of the machine's cores, and further sign-ins wait.
/// </summary>
internal sealed class Passwords : IDisposable
{
    public const int MinLength = 8;
    public const int MaxLength = 256;

    /// <summary>Hashes that may run or wait at once, about ten seconds' worth; one more fails as overloaded.</summary>
    private const int MaxPending = 50;

    private readonly PasswordHasher<Admin> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    private static readonly int MaxParallel = Math.Max(1, Environment.ProcessorCount / 4);

    /// <summary>Pause after a hash while others wait, as a multiple of its time.</summary>
    private static readonly double PauseFactor = Math.Max(0, (4.0 * MaxParallel / Environment.ProcessorCount) - 1);

    private readonly SemaphoreSlim _slots = new(MaxParallel);
    private readonly Lazy<string> _dummyHash;
    private int _pending;

    public Passwords() => _dummyHash = new(() => _hasher.HashPassword(null!, Sessions.NewToken()));

    /// <summary>What is wrong with a new password, as a sentence; null if it is valid.</summary>
    public static string? Complaint(string? password) => password?.Length is >= MinLength and <= MaxLength
        ? null
        : $"A password must have {MinLength} to {MaxLength} characters.";

    public Task<string> HashAsync(string password) => RunAsync(() => _hasher.HashPassword(null!, password));

    /// <summary>Takes the same time whether or not the admin exists.</summary>
    public Task<bool> VerifyAsync(Admin? admin, string password) => RunAsync(() =>
        _hasher.VerifyHashedPassword(null!, admin?.PasswordHash ?? _dummyHash.Value, password) != PasswordVerificationResult.Failed
        && admin is not null);

    private async Task<T> RunAsync<T>(Func<T> work)
    {
        if (Interlocked.Increment(ref _pending) > MaxPending)
        {
            Interlocked.Decrement(ref _pending);
            throw new StorageException(StorageFailure.Overloaded, "Too many sign in at once.");
        }

        await _slots.WaitAsync();
        var started = Stopwatch.GetTimestamp();
        try
        {
            return await Task.Run(work);
        }
        finally
        {
            _ = ReleaseAsync(Stopwatch.GetElapsedTime(started));
        }
    }

    /// <summary>Frees the slot, after a pause if others are waiting: a single sign-in never pauses.</summary>
    private async Task ReleaseAsync(TimeSpan took)
    {
        if (Interlocked.Decrement(ref _pending) > 0)
            await Task.Delay(took * PauseFactor);
        _slots.Release();
    }

    public void Dispose() => _slots.Dispose();
}
