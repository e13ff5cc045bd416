using Platform.Trainer.Datasets;

namespace Platform.Trainer.Training;

/// <summary>
/// The aggregation <c>balanced</c>: every device weighs the same, however many patches it has. That holds for the loss that is learned from,
/// for the one that stops training and chooses the weights, and for the errors that versions are compared by; a large device would
/// otherwise decide what a small one gets. Batches are drawn as they are, so batch normalisation sees the pooled patches.
/// </summary>
internal static class DeviceBalance
{
    internal const string Balanced = "balanced";

    /// <summary>How much a patch of each device counts, 1 on average over all patches.</summary>
    internal static IReadOnlyDictionary<string, double> Weights(IEnumerable<RecordingPatches> recordings)
    {
        var counts = Counts(recordings);
        var patches = counts.Sum(device => (long)device.Value);
        return counts.ToDictionary(device => device.Key, device => (double)patches / ((double)counts.Count * device.Value), StringComparer.Ordinal);
    }

    /// <summary>Mean over patches, or over the means of the devices.</summary>
    internal static double Mean(bool balanced, IEnumerable<(string Device, double Value)> patches) => balanced
        ? patches.GroupBy(patch => patch.Device, StringComparer.Ordinal).Average(device => device.Average(patch => patch.Value))
        : patches.Average(patch => patch.Value);

    /// <summary>About <paramref name="most"/> patches, evenly spaced within each device; what a device does not need, the others share.</summary>
    internal static int[] Choose(IReadOnlyList<RecordingPatches> recordings, int most)
    {
        var chosen = new List<int>();
        var left = most;
        var devices = recordings.GroupBy(recording => recording.Device, recording => recording.Patches, StringComparer.Ordinal)
            .Select(device => (device.Key, Patches: device.SelectMany(patches => patches).ToArray()))
            .OrderBy(device => device.Patches.Length).ThenBy(device => device.Key, StringComparer.Ordinal)
            .ToList();
        for (var i = 0; i < devices.Count; i++)
        {
            var taken = EvenlySpaced(devices[i].Patches, Math.Max(left / (devices.Count - i), 1));
            left -= taken.Length;
            chosen.AddRange(taken);
        }

        return [.. chosen.Order()];
    }

    internal static int[] EvenlySpaced(int[] patches, int most)
    {
        if (patches.Length <= most)
            return patches;
        var chosen = new int[most];
        for (var i = 0; i < most; i++)
            chosen[i] = patches[(long)i * patches.Length / most];
        return chosen;
    }

    private static Dictionary<string, int> Counts(IEnumerable<RecordingPatches> recordings) => recordings
        .GroupBy(recording => recording.Device, StringComparer.Ordinal)
        .ToDictionary(device => device.Key, device => device.Sum(recording => recording.Patches.Length), StringComparer.Ordinal);
}
