using Platform.Trainer.Training;

namespace Platform.Trainer.Datasets;

/// <summary>
/// Which recordings are fitted, which are held out, and which nobody looks at before the end. Split by recording, since
/// patches of one recording resemble each other, and within each device, since each needs held-out recordings for its
/// threshold. A device with few recordings has each of them cut in time instead.
/// </summary>
internal sealed record DataSplit(
    IReadOnlyList<RecordingPatches> Training, IReadOnlyList<RecordingPatches> Validation, IReadOnlyList<RecordingPatches> Test)
{
    // Fewer patches than this are all needed for fitting.
    private const int MinPatches = 20;

    // Fewer recordings than this are cut in time: whole ones held out would leave too few to fit.
    private const int MinRecordings = 5;

    /// <summary>Patches to fit, in the dataset's order.</summary>
    internal int[] TrainingPatches { get; } = [.. Training.SelectMany(recording => recording.Patches)];

    /// <summary>Patches held out, in the dataset's order; empty when there is no split.</summary>
    internal int[] ValidationPatches { get; } = [.. Validation.SelectMany(recording => recording.Patches)];

    /// <summary>Patches for the report at the end, in the dataset's order.</summary>
    internal int[] TestPatches { get; } = [.. Test.SelectMany(recording => recording.Patches)];

    /// <summary>A pure function of its arguments, so that every slice of a run has the same split.</summary>
    /// <param name="fraction">Share held out; 0 holds nothing out, and then there is no test set either.</param>
    /// <param name="testFraction">Share of the test set beside it; 0 for none.</param>
    internal static DataSplit Of(TrainingData data, double fraction, double testFraction, long seed) =>
        Of(data.Recordings, new TimeBlocks(fraction, testFraction, TimeBlocks.Overlap(data.Manifest.Spec.Extraction)), seed);

    internal static DataSplit Of(IReadOnlyList<RecordingPatches> all, TimeBlocks blocks, long seed)
    {
        if (all.Sum(recording => recording.Patches.Length) < MinPatches || blocks.Fraction <= 0)
            return new DataSplit(all, [], []);

        var parts = new Dictionary<RecordingPatches, BlockParts>(ReferenceEqualityComparer.Instance);
        foreach (var device in all.GroupBy(recording => recording.Device, StringComparer.Ordinal))
        {
            RecordingPatches[] recordings = [.. device];
            if (recordings.Length < MinRecordings && recordings.All(recording => blocks.CanCut(recording.Patches.Length)))
            {
                foreach (var recording in recordings)
                    parts[recording] = blocks.Cut(recording);
                continue;
            }

            var (validation, test) = Counts(recordings.Length, blocks.Fraction, blocks.TestFraction);
            var order = Permutation.Of(recordings.Length, seed, stream: Permutation.Split);
            for (var i = 0; i < order.Length; i++)
            {
                var whole = recordings[order[i]];
                parts[whole] = i < validation ? new(null, whole, null) : i < validation + test ? new(null, null, whole) : new(whole, null, null);
            }
        }

        return new DataSplit(Parts(part => part.Training), Parts(part => part.Validation), Parts(part => part.Test));

        IReadOnlyList<RecordingPatches> Parts(Func<BlockParts, RecordingPatches?> part) =>
            [.. all.Select(recording => part(parts[recording])).OfType<RecordingPatches>()];
    }

    // A threshold needs a spread, so two, as soon as that leaves as many to fit; the test set comes after both.
    private static (int Validation, int Test) Counts(int recordings, double fraction, double testFraction)
    {
        var least = recordings >= 4 ? 2 : recordings >= 2 ? 1 : 0;
        var validation = Math.Min(Math.Max(Share(fraction), least), Math.Max(recordings - 1, 0));
        var test = testFraction <= 0 ? 0 : Math.Min(Math.Max(Share(testFraction), 1), Math.Max(recordings - 1 - validation, 0));
        return (validation, test);

        int Share(double of) => (int)Math.Round(recordings * of, MidpointRounding.AwayFromZero);
    }
}
