using Platform.Models;

namespace Platform.Trainer.Detectors;

/// <summary>
/// Blocks in time of a device's recordings: each is scored by a detector that was fitted on the others. Neighbours in time resemble each other,
/// so folds drawn at random would promise thresholds that no new day keeps.
/// </summary>
internal static class Folds
{
    /// <summary>Below that a device's bands cannot be said to have a usual shape.</summary>
    internal const int LeastRecordings = 8;

    private const int Count = 5;

    /// <summary>Fold of each of so many recordings in the order of time.</summary>
    internal static int[] Of(int recordings) => [.. Enumerable.Range(0, recordings).Select(i => (int)((long)i * Count / recordings))];

    /// <summary>Scores of samples by what <paramref name="fit"/> makes of the other blocks'.</summary>
    internal static double[] Scores(IReadOnlyList<double[]> samples, Func<IReadOnlyList<double[]>, DetectorModel> fit)
    {
        var (folds, scores) = (Of(samples.Count), new double[samples.Count]);
        foreach (var fold in folds.Distinct())
        {
            var model = fit([.. samples.Where((_, i) => folds[i] != fold)]);
            for (var i = 0; i < scores.Length; i++)
            {
                if (folds[i] == fold)
                    scores[i] = model.Score(samples[i]);
            }
        }

        return scores;
    }
}
