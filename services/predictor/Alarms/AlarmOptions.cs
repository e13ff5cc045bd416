using System.ComponentModel.DataAnnotations;

namespace Platform.Predictor.Alarms;

/// <summary>When an alarm opens and closes, of devices that have no rules of their own.</summary>
/// <remarks>
/// 2 of 3: a threshold lets some recordings in a hundred pass by chance, which is an alarm every few days where a machine records by the hour; two of
/// three are a fault in all but one of some hundred cases, and found one recording later.
/// </remarks>
internal sealed record AlarmOptions : IValidatableObject
{
    /// <summary>Anomalous recordings that open an alarm.</summary>
    [Range(1, AlarmRules.LongestWindow, ErrorMessage = "allowed are 1 to 100.")]
    public int OpenAfter { get; init; } = 2;

    /// <summary>Among so many of the latest.</summary>
    [Range(1, AlarmRules.LongestWindow, ErrorMessage = "allowed are 1 to 100.")]
    public int OfLast { get; init; } = 3;

    /// <summary>Quiet recordings in a row that close it.</summary>
    [Range(1, AlarmRules.LongestWindow, ErrorMessage = "allowed are 1 to 100.")]
    public int ClearAfter { get; init; } = 3;

    /// <summary>Quiet is a score of at most this share of its threshold.</summary>
    [Range(0.01, 1.0, ErrorMessage = "allowed are 0.01 to 1.")]
    public double ClearBelow { get; init; } = 0.95;

    /// <summary>
    /// How long a decision may still change because of a recording that was made before and comes after. Longer where uploads or features lag far
    /// behind one another.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "allowed are 00:00:00 to 01:00:00.")]
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(30);

    internal AlarmRules Rules => new(OpenAfter, OfLast, ClearAfter, ClearBelow);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (OpenAfter > OfLast)
            yield return new($"{OpenAfter} of the last {OfLast} recordings can never be anomalous.", [nameof(OpenAfter)]);
    }
}
