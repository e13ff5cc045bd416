namespace Platform.Cli.Client;

/// <summary>Versions that are scored beside the champion.</summary>
internal static class ShadowCalls
{
    /// <param name="devices">Null for all of the model, or the share.</param>
    public static Task<Shadow> StartShadow(
        this PlatformClient client,
        string modelId,
        int version,
        IReadOnlyList<string>? devices,
        double? share,
        string? reason,
        string actor,
        CancellationToken cancellationToken) =>
        client.Registry<Shadow>(HttpMethod.Post, $"/models/{modelId}/shadow", new { version, devices, share, reason, actor }, cancellationToken);

    /// <param name="version">The shadow that the caller has seen; null for whichever is live.</param>
    public static Task<Rollout> PromoteShadow(
        this PlatformClient client, string modelId, int? version, string? reason, string actor, CancellationToken cancellationToken) =>
        client.Registry<Rollout>(HttpMethod.Post, $"/models/{modelId}/shadow/promote", new { version, reason, actor }, cancellationToken);

    public static Task<Shadow> DropShadow(
        this PlatformClient client, string modelId, string? reason, string actor, CancellationToken cancellationToken) =>
        client.Registry<Shadow>(
            HttpMethod.Delete,
            $"/models/{modelId}/shadow?actor={Uri.EscapeDataString(actor)}{(reason is null ? "" : $"&reason={Uri.EscapeDataString(reason)}")}",
            null,
            cancellationToken);

    /// <summary>Null when no version of the model was ever a shadow.</summary>
    /// <param name="query">Version, times and device, without the question mark.</param>
    public static Task<Comparison?> FindComparison(this PlatformClient client, string modelId, string query, CancellationToken cancellationToken) =>
        client.FindInPredictor<Comparison>($"/comparisons/{modelId}?{query}", cancellationToken);
}

/// <param name="State"><c>live | promoted | dropped | superseded | rejected</c></param>
internal sealed record Shadow(
    long Id, string ModelId, int Version, string State, IReadOnlyList<string> Devices, double? Share, string Actor, string Reason,
    DateTimeOffset StartedAt, DateTimeOffset ChangedAt);

/// <param name="Total">Null when there is no recording that both have judged.</param>
internal sealed record Comparison(
    string ModelId, int Version, string? State, DateTimeOffset? StartedAt, int? ShadowDevices, DateTimeOffset? From, DateTimeOffset? To,
    ComparedVerdicts? Total, IReadOnlyList<ComparedTime> Over, IReadOnlyList<ComparedDevice> Devices, IReadOnlyList<ComparedChampion> Champions,
    long OnlyShadow, IReadOnlyList<NotComparable> NotComparable);

/// <summary>Medians and 95 % are of score / threshold: 1 is where a verdict turns.</summary>
internal sealed record ComparedVerdicts(
    long Recordings, long ChampionAnomalous, long ShadowAnomalous, long BothNormal, long BothAnomalous, long OnlyChampion, long OnlyShadow,
    double? ChampionMedian, double? Champion95, double? ShadowMedian, double? Shadow95,
    long LabelledNormal, long ChampionFalseAlarms, long ShadowFalseAlarms, long LabelledAnomalous, long ChampionFound, long ShadowFound);

internal sealed record ComparedTime(DateTimeOffset From, DateTimeOffset To, ComparedVerdicts Verdicts);

internal sealed record ComparedDevice(string Device, ComparedVerdicts Verdicts);

internal sealed record ComparedChampion(string ModelId, int Version, long Recordings);

internal sealed record NotComparable(string Outcome, long Recordings, string Example);
