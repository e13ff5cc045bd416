using System.Text.Json.Serialization;

namespace Platform.Dsp;

/// <summary>What the recordings were chosen by; asking again with the same data gives the same dataset.</summary>
/// <param name="Mode">See the training modes of the contracts.</param>
/// <param name="Sampling">How eligible recordings were drawn: <see cref="TakeAll"/> or <see cref="DrawHours"/>.</param>
/// <param name="Seed">
/// What a random draw came from; null when nothing was left to chance, so that runs of different seeds share the dataset.
/// </param>
/// <param name="Devices">Devices asked for; one without an eligible recording has no part in the dataset.</param>
/// <param name="ExcludedLabels">Labels whose recordings were left out.</param>
/// <param name="ExcludedVerdicts">Verdicts whose recordings were left out unless a person verified them as normal.</param>
/// <param name="SampleHours">Hours of audio that were drawn; null when everything was taken.</param>
/// <param name="FromDay">First of the plant's days that counted, <c>yyyyMMdd</c>; null for no limit.</param>
/// <param name="ToDay">Last one likewise.</param>
/// <param name="Days">
/// Mode incremental: the plant's day of each of <paramref name="Devices"/>, in their order; what no deployed version had seen came along.
/// </param>
public sealed record DatasetSelection(
    string Mode,
    string Sampling,
    long? Seed,
    IReadOnlyList<string> Devices,
    IReadOnlyList<string> ExcludedLabels,
    IReadOnlyList<string> ExcludedVerdicts,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? SampleHours = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FromDay = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ToDay = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Days = null)
{
    /// <summary>Every recording that was left after the screen.</summary>
    public const string TakeAll = "all";

    /// <summary>Recordings were drawn by the seed until there were <see cref="SampleHours"/>; verified ones came in addition.</summary>
    public const string DrawHours = "hours";
}
