namespace Platform.Predictor.Shadows;

/// <summary>What a shadow and whatever served said about the same recordings.</summary>
/// <param name="State">See <see cref="Platform.Contracts.ShadowStates"/>; null for a version that this replica does not know as the model's last shadow.</param>
/// <param name="From">Of the recordings; null for all there are.</param>
/// <param name="Total">Null when there is no recording that both have judged.</param>
/// <param name="Over">Of equal length from the first recording to the last, oldest first; those without recordings are left out.</param>
/// <param name="Devices">Those whose verdicts differ most often first, at most <see cref="ComparisonEndpoint.MostDevices"/>.</param>
/// <param name="Champions">What served meanwhile.</param>
/// <param name="OnlyShadow">Recordings that nothing else has judged: not compared.</param>
/// <param name="NotComparable">Recordings that the shadow could not judge, with the reason.</param>
internal sealed record Comparison(
    string ModelId,
    int Version,
    string? State,
    DateTimeOffset? StartedAt,
    int? ShadowDevices,
    DateTimeOffset? From,
    DateTimeOffset? To,
    ComparedVerdicts? Total,
    IReadOnlyList<ComparedTime> Over,
    IReadOnlyList<ComparedDevice> Devices,
    IReadOnlyList<ComparedChampion> Champions,
    long OnlyShadow,
    IReadOnlyList<NotComparable> NotComparable);

/// <summary>Recordings that both have judged. Ratios are score / threshold of the detector that decided: 1 is where a verdict turns.</summary>
/// <param name="OnlyShadow">The shadow alone calls them anomalous.</param>
/// <param name="LabelledNormal">People say so; the two counts behind it are what was called anomalous all the same.</param>
/// <param name="LabelledAnomalous">People say so; the two counts behind it are what was found.</param>
internal sealed record ComparedVerdicts(
    long Recordings,
    long ChampionAnomalous,
    long ShadowAnomalous,
    long BothNormal,
    long BothAnomalous,
    long OnlyChampion,
    long OnlyShadow,
    double? ChampionMedian,
    double? Champion95,
    double? ShadowMedian,
    double? Shadow95,
    long LabelledNormal,
    long ChampionFalseAlarms,
    long ShadowFalseAlarms,
    long LabelledAnomalous,
    long ChampionFound,
    long ShadowFound);

internal sealed record ComparedTime(DateTimeOffset From, DateTimeOffset To, ComparedVerdicts Verdicts);

internal sealed record ComparedDevice(string Device, ComparedVerdicts Verdicts);

internal sealed record ComparedChampion(string ModelId, int Version, long Recordings);

/// <param name="Outcome">See <see cref="ShadowOutcomes"/>.</param>
/// <param name="Example">What one of them was told.</param>
internal sealed record NotComparable(string Outcome, long Recordings, string Example);
