namespace Platform.Predictor.Trends;

/// <summary>
/// How many independent recordings those of a machine are worth. Recordings that resemble the ones before say less than as many independent
/// ones; of an autoregressive process of first order with correlation r between neighbours, n are worth n (1 − r) / (1 + r) (Bartlett 1946).
/// </summary>
internal static class Likeness
{
    // The correlation of fewer is a guess, and one of more than this would ask for hundreds of recordings.
    private const int LeastRecordings = 20;
    private const double MostCorrelation = 0.95;

    // Wild scores are no news about how neighbours resemble each other.
    private const double WidestSigmas = 3;

    /// <summary>n divided by what they are worth: 1 for independent recordings.</summary>
    /// <param name="values">In the order of recording.</param>
    internal static double Of(IReadOnlyList<double> values, double median, double sigma)
    {
        var n = values.Count;
        if (n < LeastRecordings || sigma <= 0)
            return 1;

        double[] from = [.. values.Select(value => Math.Clamp(value - median, -WidestSigmas * sigma, WidestSigmas * sigma))];
        var mean = from.Average();
        var (together, alone) = (0.0, 0.0);
        for (var i = 0; i < n; i++)
        {
            alone += (from[i] - mean) * (from[i] - mean);
            together += i == 0 ? 0 : (from[i] - mean) * (from[i - 1] - mean);
        }

        // A short series shows less correlation than there is: r is (1 + 3 r) / n too low on average (Kendall 1954, Marriott and Pope 1954).
        var correlation = alone > 0 ? Math.Clamp((together / alone + 1.0 / n) / (1 - 3.0 / n), 0, MostCorrelation) : 0;
        return (1 + correlation) / (1 - correlation);
    }
}
