namespace Platform.Predictor.Trends;

/// <summary>Where a deployment's scores of one device began and where they are. Scores are shares of their threshold.</summary>
/// <param name="Recordings">Judged by this deployment, whatever came of them.</param>
/// <param name="Baseline">Of the first ones that count.</param>
/// <param name="Recent">Of the latest ones after those.</param>
/// <param name="DriftingSince">When the median left its band; null while it is inside.</param>
/// <param name="LeftBands">Measures that were announced to have left their band, which happens once each.</param>
internal sealed record TrendState(
    long Recordings,
    IReadOnlyList<double> Baseline,
    IReadOnlyList<double> Recent,
    DateTimeOffset? DriftingSince,
    IReadOnlyList<string> LeftBands)
{
    internal static TrendState Initial { get; } = new(0, [], [], null, []);
}

/// <param name="Counts">False for a recording of the past, and while an alarm is open: what an alarm says needs no other word.</param>
internal sealed record TrendObservation(double Level, bool Anomalous, bool Counts, DateTimeOffset At);

/// <param name="Left">The band, if the median left it with this recording.</param>
/// <param name="Median">Of the latest recordings; null as long as there are too few.</param>
internal sealed record TrendStep(TrendState State, Band? Left, double? Median);

/// <summary>The whole rule by which a device's scores drift; pure.</summary>
internal static class TrendTransition
{
    internal static TrendStep Next(TrendOptions options, TrendState state, TrendObservation observation)
    {
        var seen = state with { Recordings = state.Recordings + 1 };
        if (!observation.Counts)
            return new(seen, null, null);

        if (state.Baseline.Count < options.BaselineRecordings)
            return new(observation.Anomalous ? seen : seen with { Baseline = [.. state.Baseline, observation.Level] }, null, null);

        // A machine whose recordings hardly differ is known later; it is watched all the same, by a band that is as wide as its level is uncertain.
        if (state.DriftingSince is null && !observation.Anomalous && Band.KnowsTooLittle(state.Baseline, options.BaselineRecordings))
            seen = seen with { Baseline = [.. state.Baseline, observation.Level] };
        seen = seen with { Recent = [.. state.Recent.TakeLast(options.RecentRecordings - 1), observation.Level] };
        if (seen.Recent.Count < options.RecentRecordings)
            return new(seen, null, null);

        var (band, median) = (BandOf(options, seen)!, Quantiles.Median(seen.Recent));
        if (seen.DriftingSince is null && !band.Contains(median))
            return new(seen with { DriftingSince = observation.At }, band, median);
        return seen.DriftingSince is not null && band.ContainsClearly(median)
            ? new(seen with { DriftingSince = null }, null, median)
            : new(seen, null, median);
    }

    /// <summary>Null as long as the baseline has too few recordings.</summary>
    internal static Band? BandOf(TrendOptions options, TrendState state) =>
        state.Baseline.Count < options.BaselineRecordings ? null : Band.OfScores(state.Baseline, options.RecentRecordings, options.BandSigmas);
}
