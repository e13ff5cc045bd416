namespace Platform.Cli.Evaluation;

/// <summary>How well scores tell faulty recordings from healthy ones, whatever the threshold.</summary>
internal static class DetectionMetrics
{
    /// <summary>The false positive rate up to which <see cref="PartialAuc"/> looks: who gets more false alarms than that listens no more.</summary>
    public const double MaxFalsePositiveRate = 0.1;

    /// <summary>
    /// Area under the ROC curve: the chance that a faulty recording scores higher than a healthy one, ties counting half
    /// (Mann–Whitney; equal to scikit-learn's roc_auc_score). Null when either side is empty.
    /// </summary>
    public static double? Auc(IReadOnlyCollection<double> healthy, IReadOnlyCollection<double> faulty)
    {
        if (healthy.Count == 0 || faulty.Count == 0)
            return null;
        var (area, before) = (0.0, default(RocPoint));
        foreach (var point in Roc(healthy, faulty))
        {
            area += (point.FalsePositives - before.FalsePositives) * (double)(point.TruePositives + before.TruePositives) / 2;
            before = point;
        }

        return area / ((double)healthy.Count * faulty.Count);
    }

    /// <summary>
    /// Area under the ROC curve up to <see cref="MaxFalsePositiveRate"/>, standardised after McClish so that chance is 0.5 and perfect is 1
    /// (equal to scikit-learn's <c>roc_auc_score(max_fpr=0.1)</c>). Null when either side is empty.
    /// </summary>
    public static double? PartialAuc(IReadOnlyCollection<double> healthy, IReadOnlyCollection<double> faulty)
    {
        if (healthy.Count == 0 || faulty.Count == 0)
            return null;

        var (area, x, y) = (0.0, 0.0, 0.0);
        foreach (var point in Roc(healthy, faulty))
        {
            var nextX = (double)point.FalsePositives / healthy.Count;
            var nextY = (double)point.TruePositives / faulty.Count;
            if (nextX > MaxFalsePositiveRate)
            {
                var cutY = y + (nextY - y) * (MaxFalsePositiveRate - x) / (nextX - x);
                area += (MaxFalsePositiveRate - x) * (y + cutY) / 2;
                break;
            }

            area += (nextX - x) * (y + nextY) / 2;
            (x, y) = (nextX, nextY);
        }

        const double chance = MaxFalsePositiveRate * MaxFalsePositiveRate / 2;
        return 0.5 * (1 + (area - chance) / (MaxFalsePositiveRate - chance));
    }

    /// <summary>The mean that one bad device pulls down: n over the sum of reciprocals. Null for none, 0 when one is 0.</summary>
    public static double? HarmonicMean(IReadOnlyCollection<double> values) => values.Count == 0 ? null : values.Count / values.Sum(value => 1 / value);

    /// <summary>The corners of the ROC curve from the strictest threshold to the loosest; equal scores make one corner.</summary>
    private static IEnumerable<RocPoint> Roc(IReadOnlyCollection<double> healthy, IReadOnlyCollection<double> faulty)
    {
        var sorted = healthy.Select(score => (Score: score, Faulty: false)).Concat(faulty.Select(score => (Score: score, Faulty: true)))
            .OrderByDescending(item => item.Score).ToArray();
        var point = default(RocPoint);
        for (var i = 0; i < sorted.Length; i++)
        {
            point = sorted[i].Faulty ? point with { TruePositives = point.TruePositives + 1 } : point with { FalsePositives = point.FalsePositives + 1 };
            if (i + 1 == sorted.Length || !sorted[i + 1].Score.Equals(sorted[i].Score))
                yield return point;
        }
    }

    private readonly record struct RocPoint(int FalsePositives, int TruePositives);
}
