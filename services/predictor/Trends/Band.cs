namespace Platform.Predictor.Trends;

/// <summary>Where a measure is expected to stay.</summary>
internal sealed record Band(double Baseline, double Low, double High)
{
    // Scores of a still machine differ by less than what its sensor drifts over a day.
    private const double LeastRelativeSigma = 0.02;

    // Back inside means clearly inside, or a level that lies on the edge would leave its band every day.
    private const double ReturnShare = 0.75;

    // Two of two may be an accident.
    private const int LeastFalseAlarms = 3;
    private const double FalseAlarmSigmas = 3;

    internal bool Contains(double value) => value >= Low && value <= High;

    internal bool ContainsClearly(double value) =>
        value >= Baseline - ReturnShare * (Baseline - Low) && value <= Baseline + ReturnShare * (High - Baseline);

    /// <summary>Around the median of the first scores of a deployment.</summary>
    internal static Band OfScores(IReadOnlyCollection<double> baseline, double sigmas)
    {
        var median = Quantiles.Median(baseline);
        var width = sigmas * Math.Max(Quantiles.RobustSigma(baseline, median), LeastRelativeSigma * Math.Abs(median));
        return new(median, median - width, median + width);
    }

    /// <summary>The share of false alarms that chance explains; null when there are too few of them to say.</summary>
    internal static Band? OfFalseAlarms(double expected, long recordings, long falseAlarms) =>
        falseAlarms < LeastFalseAlarms || recordings < falseAlarms
            ? null
            : new(expected, 0, expected + FalseAlarmSigmas * Math.Sqrt(expected * (1 - expected) / recordings));
}
