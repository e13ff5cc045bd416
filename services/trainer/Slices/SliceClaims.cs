using System.Globalization;
using System.Text;
using Platform.Hosting;

namespace Platform.Trainer.Slices;

/// <summary>Who may work on a slice, and how often a run may start again from the same checkpoint.</summary>
internal static class SliceClaims
{
    /// <summary>Starts in a row that came to no new checkpoint; the next one fails the run.</summary>
    internal const int MaxAttempts = 5;

    /// <summary>
    /// True for the message that created the claim, however often it is delivered. False for any other message of the slice,
    /// and once the next slice is claimed: then this message's work is done and only its acknowledgement was lost.
    /// </summary>
    internal static async Task<bool> TryClaim(
        IObjectStore store, RunKeys run, int slice, Guid messageId, CancellationToken cancellationToken)
    {
        var claim = Encoding.UTF8.GetBytes(messageId.ToString());
        var key = run.Slice(slice);
        if (await store.TryCreate(key, claim, cancellationToken))
            return true;
        return (await store.ReadAll(key, cancellationToken)).AsSpan().SequenceEqual(claim)
            && await store.Find(run.Slice(slice + 1), cancellationToken) is null;
    }

    /// <summary>
    /// Counts one more start from the checkpoint of <paramref name="checkpointStep"/>, whoever makes it and for whatever
    /// reason the one before ended: 1 for the first; null when <see cref="MaxAttempts"/> were made.
    /// </summary>
    internal static async Task<int?> CountAttempt(
        IObjectStore store, RunKeys run, int checkpointStep, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var content = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{Environment.MachineName} {Environment.ProcessId} {now:O}\n"));
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (await store.TryCreate(run.Attempt(checkpointStep, attempt), content, cancellationToken))
                return attempt;
        }

        return null;
    }
}
