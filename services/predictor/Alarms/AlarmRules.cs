namespace Platform.Predictor.Alarms;

/// <summary>By which a device's alarm opens and closes.</summary>
/// <param name="OpenAfter">Anomalous recordings that open it,</param>
/// <param name="OfLast">among so many of the latest.</param>
/// <param name="ClearAfter">Quiet recordings in a row that close it.</param>
/// <param name="ClearBelow">Quiet is a score of at most this share of its threshold.</param>
internal sealed record AlarmRules(int OpenAfter, int OfLast, int ClearAfter, double ClearBelow)
{
    internal const int LongestWindow = 100;

    /// <summary>How many recordings have to be remembered.</summary>
    internal int Window => Math.Max(OfLast, ClearAfter);

    /// <summary>
    /// The same rules for a device whose healthy scores lie close below the threshold: half-way between is quiet enough, or its alarms would never
    /// end by themselves.
    /// </summary>
    /// <param name="baseline">Median of what it scored healthy, as a share of the threshold; null as long as that is not known.</param>
    internal AlarmRules WithRoomAbove(double? baseline) =>
        baseline is { } healthy and < 1 ? this with { ClearBelow = Math.Max(ClearBelow, (1 + healthy) / 2) } : this;
}
