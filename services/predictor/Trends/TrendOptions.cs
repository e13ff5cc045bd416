using System.ComponentModel.DataAnnotations;

namespace Platform.Predictor.Trends;

/// <summary>When the level of a device's scores counts as moved, and a model's false alarms as too many.</summary>
/// <remarks>
/// Two days of a machine that records by the hour, against one: it takes a day with its shifts to know a level. docs/operations.md says how many
/// machines that stay as they are were said to drift with these values, and after how many recordings a level that rose is found.
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
