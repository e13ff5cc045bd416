using System.Diagnostics;
using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Recordings;

/// <summary>Waits until archived recordings have become patches, or have failed to: only then a training run sees them all.</summary>
internal static class FeatureWait
{
    // One recording takes milliseconds; minutes without one mean that nobody works.
    private static readonly TimeSpan LongestStall = TimeSpan.FromMinutes(3);

    /// <param name="targets">Device → recordings that are to be done (extracted or failed) before this returns.</param>
    /// <param name="spec">Counts under another feature spec are not what is waited for; null for whatever a device has.</param>
    public static async Task<int> Until(
        PlatformClient client, IReadOnlyDictionary<string, int> targets, string? spec, ProgressLine progress, CancellationToken cancellationToken)
    {
        var total = targets.Values.Sum();
        var (last, changed) = (-1, Stopwatch.GetTimestamp());
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            var done = 0;
            foreach (var (device, target) in targets)
                done += Math.Min(target, await Done(client, device, spec, cancellationToken));

            progress.Set(done, total, $"{done} of {Shown.Count(total, "recording")}");
            if (done >= total)
                return total;
            if (done != last)
                (last, changed) = (done, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(changed) > LongestStall)
                throw new PlatformException($"{total - done} recordings wait for their features since {LongestStall.TotalMinutes} minutes; ./platform status shows the queues.");
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Recordings of a device that are extracted or have failed for good; 0 for a device that features does not know yet.</summary>
    public static async Task<int> Done(PlatformClient client, string device, string? spec, CancellationToken cancellationToken) =>
        await client.FindDeviceData(device, cancellationToken) is { } counts && (spec is null || counts.FeatureSpec == spec)
            ? counts.Extracted + counts.Failed
            : 0;
}
