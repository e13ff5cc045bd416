namespace Platform.Bench.Serving;

internal static class Quantiles
{
    /// <summary>The smallest value that at least this share of them does not exceed.</summary>
    public static double Of(IReadOnlyCollection<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Max((int)Math.Ceiling(sorted.Length * share) - 1, 0)];
    }
}
