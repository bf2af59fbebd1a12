using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LeanChat.Tests;

/// <summary>Waits for what nothing tells us of: looks again and again, and no longer than it may take.</summary>
internal static class Eventually
{
    /// <summary>Only for what never comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task IsTrueAsync(
        Func<bool> holds, TimeSpan? patience = null, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        IsTrueAsync(() => Task.FromResult(holds()), patience, what);

    public static async Task IsTrueAsync(
        Func<Task<bool>> holds, TimeSpan? patience = null, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        for (var begun = Stopwatch.GetTimestamp(); !await holds(); await Task.Delay(Pause))
            GiveUp(begun, patience ?? Patience, what);
    }

    /// <summary>Tries until it fails no longer with such an exception.</summary>
    public static async Task<T> WorksAsync<T, TFailure>(
        Func<Task<T>> attempt, [CallerArgumentExpression(nameof(attempt))] string what = "")
        where TFailure : Exception
    {
        for (var begun = Stopwatch.GetTimestamp(); ; await Task.Delay(Pause))
        {
            try
            {
                return await attempt();
            }
            catch (TFailure e)
            {
                GiveUp(begun, Patience, what, e);
            }
        }
    }

    private static void GiveUp(long begun, TimeSpan patience, string what, Exception? last = null)
    {
        if (Stopwatch.GetElapsedTime(begun) > patience)
            throw new TimeoutException($"In {patience.TotalSeconds:0} s it has not come about: {what}", last);
    }
}
