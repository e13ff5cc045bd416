using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Features.Datasets;

/// <summary>The feature sets that a model of some devices may be trained on.</summary>
internal sealed class EligibleSets(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// Labels and verdicts left out; <c>verified_normal</c> enters whatever a model said. The view recording_state says the same.
    /// </summary>
    internal static readonly string[] ExcludedLabels = [Labels.Anomalous];
    internal static readonly string[] ExcludedVerdicts = [Verdicts.Anomalous];

    /// <summary>The devices with their current specs; those that are not known are missing.</summary>
    public async Task<IReadOnlyList<DeviceSpec>> SpecsOf(IReadOnlyList<string> devices, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT device, feature_spec, canonical
            FROM device LEFT JOIN feature_spec ON feature_spec.name = device.feature_spec
            WHERE device = ANY (@devices)
            ORDER BY device COLLATE "C"
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<SpecRow>(
            new CommandDefinition(sql, new { devices = devices.ToArray() }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => new DeviceSpec(
            row.Device, row.FeatureSpec, row.Canonical is null ? null : FeatureSpec.FromCanonicalJson(row.Canonical)))];
    }

    /// <summary>All eligible sets under the devices' current extraction, by device, then time, then id.</summary>
    public async Task<IReadOnlyList<EligibleSet>> Of(IReadOnlyList<string> devices, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT state.recording_id, state.device, state.recorded_at, state.day, state.label, state.audio_sha256,
                   feature_set.object_key, feature_set.sha256, feature_set.patch_count,
                   feature_set.level_min, feature_set.level_max, feature_set.relative_min, feature_set.band_mean, feature_set.band_variance
            FROM recording_state AS state
            JOIN feature_set USING (recording_id, extraction_hash)
            WHERE state.device = ANY (@devices) AND NOT state.excluded
            ORDER BY state.device COLLATE "C", state.recorded_at, state.recording_id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<EligibleSet>(
            new CommandDefinition(sql, new { devices = devices.ToArray() }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private sealed record SpecRow(string Device, string FeatureSpec, string? Canonical);
}

/// <param name="Spec">Null when nobody has created a spec of this name.</param>
internal sealed record DeviceSpec(string Device, string Name, FeatureSpec? Spec);

internal sealed record EligibleSet(
    Guid RecordingId,
    string Device,
    DateTime RecordedAt,
    string Day,
    string Label,
    string AudioSha256,
    string ObjectKey,
    string Sha256,
    int PatchCount,
    double LevelMin,
    double LevelMax,
    double RelativeMin,
    double[] BandMean,
    double[] BandVariance)
{
    public LevelStatistics Levels => new(LevelMin, LevelMax, RelativeMin);
}
