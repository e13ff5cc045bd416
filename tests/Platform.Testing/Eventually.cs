using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace Platform.Testing;

/// <summary>Waits on a condition of the real world instead of sleeping for a time that is always wrong.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    // Only failures wait as long. It is less than a minute, after which services look again for what they did not hear.
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(45);

    /// <summary>Fails the test when the condition does not hold within the time given; an exception of it counts as not yet.</summary>
    public static async Task Is(
        Func<Task<bool>> condition,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(condition))] string? description = null)
    {
        var limit = within ?? Usual;
        var started = Stopwatch.GetTimestamp();
        Exception? last = null;
        do
        {
            try
            {
                if (await condition())
                    return;
                last = null;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                last = exception;
            }

            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
        while (Stopwatch.GetElapsedTime(started) < limit);

        Assert.Fail($"Not within {limit.TotalSeconds:0.#} s: {description}{(last is null ? "" : $" ({last.GetType().Name}: {last.Message})")}");
    }

    public static Task Is(
        Func<bool> condition,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(condition))] string? description = null) =>
        Is(() => Task.FromResult(condition()), within, description);
}
