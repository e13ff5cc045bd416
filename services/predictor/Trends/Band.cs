namespace Platform.Predictor.Trends;

/// <summary>Where a measure is expected to stay.</summary>
internal sealed record Band(double Baseline, double Low, double High)
{
    // Scores of a still machine differ by less than what its sensor drifts over a day.
    private const double LeastRelativeSigma = 0.02;

    // Back inside means clearly inside, or a level that lies on the edge would leave its band every day.
    private const double ReturnShare = 0.75;

    private const double ErrorsOfMedians = 3.5;
    private const double LeastVarianceSeen = 0.2;

    // Simulated (TrendOptions): a baseline that is worth less than this share of its recordings is too uncertain, one of more than six times as many
    // recordings takes too long.
    private const double ShareWorth = 0.4;
    private const int MostTimesWanted = 6;

    // Two of two may be an accident.
    private const int LeastFalseAlarms = 3;
    private const double FalseAlarmSigmas = 3;

    internal bool Contains(double value) => value >= Low && value <= High;

    internal bool ContainsClearly(double value) =>
        value >= Baseline - ReturnShare * (Baseline - Low) && value <= Baseline + ReturnShare * (High - Baseline);

    /// <summary>
    /// Around the median of the first scores of a deployment. As wide as so many standard deviations, and wider where the medians that are
    /// compared are themselves not known as well as that, because recordings resemble their neighbours.
    /// </summary>
    /// <param name="baseline">In the order of recording.</param>
    /// <param name="recent">Of how many recordings the median is that is compared.</param>
    internal static Band OfScores(IReadOnlyList<double> baseline, int recent, double sigmas)
    {
        var median = Quantiles.Median(baseline);
        var sigma = Quantiles.RobustSigma(baseline, median);
        var likeness = Likeness.Of(baseline, median, sigma);
        // Neighbours that are alike also vary less than the machine does over time.
        sigma /= Math.Sqrt(Math.Max(1 - (likeness - 1) / Math.Max(baseline.Count - 1, 1), LeastVarianceSeen));
        // The variance of the median of n independent values is π/2 · sigma²/n.
        var error = Math.Sqrt(Math.PI / 2 * likeness * (1.0 / baseline.Count + 1.0 / recent));
        var width = Math.Max(sigmas, ErrorsOfMedians * error) * Math.Max(sigma, LeastRelativeSigma * Math.Abs(median));
        return new(median, median - width, median + width);
    }

    /// <summary>Whether more recordings are needed to know where a machine begins, because these resemble each other too much.</summary>
    /// <param name="wanted">How many are enough where they are independent.</param>
    internal static bool KnowsTooLittle(IReadOnlyList<double> baseline, int wanted)
    {
        if (baseline.Count >= MostTimesWanted * wanted)
            return false;
        var median = Quantiles.Median(baseline);
        return baseline.Count / Likeness.Of(baseline, median, Quantiles.RobustSigma(baseline, median)) < ShareWorth * wanted;
    }

    /// <summary>The share of false alarms that chance explains; null when there are too few of them to say.</summary>
    internal static Band? OfFalseAlarms(double expected, long recordings, long falseAlarms) =>
        falseAlarms < LeastFalseAlarms || recordings < falseAlarms
            ? null
            : new(expected, 0, expected + FalseAlarmSigmas * Math.Sqrt(expected * (1 - expected) / recordings));
}
