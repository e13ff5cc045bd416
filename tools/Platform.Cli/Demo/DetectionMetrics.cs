namespace Platform.Cli.Demo;

/// <summary>How well scores tell faulty recordings from healthy ones.</summary>
internal static class DetectionMetrics
{
    /// <summary>
    /// Area under the ROC curve: the chance that a faulty recording scores higher than a healthy one, ties counting half
    /// (Mann–Whitney; equal to scikit-learn's roc_auc_score). Null when either side is empty.
    /// </summary>
    public static double? Auc(IReadOnlyCollection<double> healthy, IReadOnlyCollection<double> faulty)
    {
        if (healthy.Count == 0 || faulty.Count == 0)
            return null;

        var sorted = healthy.Select(score => (Score: score, Faulty: false)).Concat(faulty.Select(score => (Score: score, Faulty: true)))
            .OrderBy(item => item.Score).ToArray();
        var rankSum = 0.0;
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end].Score.Equals(sorted[start].Score))
                end++;
            var meanRank = (start + 1 + end) / 2.0; // ranks count from 1
            rankSum += meanRank * sorted[start..end].Count(item => item.Faulty);
            start = end;
        }

        double n = faulty.Count;
        return (rankSum - n * (n + 1) / 2) / (n * healthy.Count);
    }
}
