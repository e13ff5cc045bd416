namespace Platform.Predictor.Trends;

internal static class Quantiles
{
    // Of normally distributed values 1.4826 times the median absolute deviation is the standard deviation.
    private const double ToSigma = 1.4826;

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(values));
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>Standard deviation as the values' middle half says it: a few wild ones change nothing.</summary>
    internal static double RobustSigma(IReadOnlyCollection<double> values, double median) =>
        ToSigma * Median(values.Select(value => Math.Abs(value - median)));
}
