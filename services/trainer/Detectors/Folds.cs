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

    // The usual score is about 1; two recordings that are equal have none, and no logarithm.
    private const double Least = 1e-6;

    /// <summary>Fold of each of so many recordings in the order of time.</summary>
    internal static int[] Of(int recordings) => [.. Enumerable.Range(0, recordings).Select(i => (int)((long)i * Count / recordings))];

    /// <summary>Scores of samples by what <paramref name="fit"/> makes of the other blocks'.</summary>
    internal static double[] Scores(IReadOnlyList<double[]> samples, Func<IReadOnlyList<double[]>, DetectorModel> fit) => Scores(samples, Of(samples.Count), fit);

    /// <summary>
    /// How many times higher samples score by what other times say than by what their neighbours in time say, which are among the others when every
    /// fifth is left out. Both are fitted on equally many, so a machine that does not drift has 1 whatever its number of recordings.
    /// </summary>
    /// <param name="scores">By blocks.</param>
    internal static double Drift(IReadOnlyList<double[]> samples, double[] scores, Func<IReadOnlyList<double[]>, DetectorModel> fit)
    {
        var around = Scores(samples, [.. Enumerable.Range(0, samples.Count).Select(i => i % Count)], fit);
        double[] ratios = [.. scores.Zip(around, (other, near) => Math.Log(Math.Max(other, Least) / Math.Max(near, Least))).Order()];
        return Math.Exp((ratios[(ratios.Length - 1) / 2] + ratios[ratios.Length / 2]) / 2);
    }

    private static double[] Scores(IReadOnlyList<double[]> samples, int[] folds, Func<IReadOnlyList<double[]>, DetectorModel> fit)
    {
        var scores = new double[samples.Count];
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
