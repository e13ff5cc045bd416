using System.Globalization;
using System.Text;
using Platform.Hosting;

namespace Platform.Trainer.Slices;

/// <summary>
/// Counts the starts of a run from the same checkpoint, whoever makes them and however the one before ended: killed, failed or
/// told to stop. Objects, not memory, since the one before may have been another process.
/// </summary>
internal sealed class Attempts(IObjectStore store, RunKeys run, int step)
{
    /// <summary>Starts in a row that came to no new checkpoint; the next one fails the run.</summary>
    internal const int Max = 5;

    /// <summary>Of the checkpoint that the starts go on from; 0 without one.</summary>
    internal int Step => step;

    /// <summary>1 for the first start, null after the last one.</summary>
    internal async Task<int?> Start(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var content = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId} {now:O}\n");
        for (var attempt = 1; attempt <= Max; attempt++)
        {
            if (await store.TryCreate(run.Attempt(step, attempt), Encoding.UTF8.GetBytes(content), cancellationToken))
                return attempt;
        }

        return null;
    }

    /// <summary>Keeps why an attempt ended, for the reason of a failed run. One that was killed leaves nothing.</summary>
    internal Task Failed(int attempt, string reason, CancellationToken cancellationToken) =>
        store.TryCreate(run.AttemptError(step, attempt), Encoding.UTF8.GetBytes(reason), cancellationToken);

    internal async Task<string> WhyNoMore(CancellationToken cancellationToken)
    {
        for (var attempt = Max; attempt > 0; attempt--)
        {
            if (await store.Find(run.AttemptError(step, attempt), cancellationToken) is { } error)
            {
                var reason = Encoding.UTF8.GetString(await store.ReadAll(error.Key, cancellationToken));
                return $"{Max} attempts in a row came to no new checkpoint after step {step}; attempt {attempt} ended with: {reason}";
            }
        }

        return $"{Max} attempts in a row came to no new checkpoint after step {step}; their processes ended without a word, killed perhaps for memory.";
    }
}
