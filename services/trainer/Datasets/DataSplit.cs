using Platform.Trainer.Training;

namespace Platform.Trainer.Datasets;

/// <summary>
/// Which recordings are fitted and which are held out. Split by recording, since patches of one recording resemble each
/// other, and within each device, since each needs held-out recordings for its threshold.
/// </summary>
internal sealed record DataSplit(IReadOnlyList<RecordingPatches> Training, IReadOnlyList<RecordingPatches> Validation)
{
    // Fewer patches than this are all needed for fitting.
    private const int MinPatches = 20;

    /// <summary>Patches to fit, in the dataset's order.</summary>
    internal int[] TrainingPatches { get; } = [.. Training.SelectMany(recording => recording.Patches)];

    /// <summary>Patches held out, in the dataset's order; empty when there is no split.</summary>
    internal int[] ValidationPatches { get; } = [.. Validation.SelectMany(recording => recording.Patches)];

    /// <summary>A pure function of its arguments, so that every slice of a run has the same split.</summary>
    internal static DataSplit Of(TrainingData data, double fraction, long seed)
    {
        if (data.PatchCount < MinPatches || fraction <= 0)
            return new DataSplit(data.Recordings, []);

        var heldOut = new HashSet<RecordingPatches>(ReferenceEqualityComparer.Instance);
        foreach (var device in data.Recordings.GroupBy(recording => recording.Device, StringComparer.Ordinal))
        {
            RecordingPatches[] recordings = [.. device];
            var order = Permutation.Of(recordings.Length, seed, stream: Permutation.Split);
            heldOut.UnionWith(order.Take(HeldOut(recordings.Length, fraction)).Select(i => recordings[i]));
        }

        return new DataSplit([.. data.Recordings.Where(recording => !heldOut.Contains(recording))], [.. data.Recordings.Where(heldOut.Contains)]);
    }

    // A threshold needs a spread, so two, as soon as that leaves as many to fit.
    private static int HeldOut(int recordings, double fraction)
    {
        var share = (int)Math.Round(recordings * fraction, MidpointRounding.AwayFromZero);
        var least = recordings >= 4 ? 2 : recordings >= 2 ? 1 : 0;
        return Math.Min(Math.Max(share, least), Math.Max(recordings - 1, 0));
    }
}
