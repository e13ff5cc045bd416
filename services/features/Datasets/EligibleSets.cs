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
            SELECT device, time_zone, feature_spec, canonical
            FROM device LEFT JOIN feature_spec ON feature_spec.name = device.feature_spec
            WHERE device = ANY (@devices)
            ORDER BY device COLLATE "C"
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<SpecRow>(
            new CommandDefinition(sql, new { devices = devices.ToArray() }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => new DeviceSpec(
            row.Device, row.TimeZone, row.FeatureSpec, row.Canonical is null ? null : FeatureSpec.FromCanonicalJson(row.Canonical)))];
    }

    /// <summary>
    /// All eligible sets under the devices' current extraction, by device, then time, then id. Pending is what the deployed version of the
    /// run's model has not seen; a version of another spec has seen nothing.
    /// </summary>
    public async Task<IReadOnlyList<EligibleSet>> For(TrainingScope scope, string specHash, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT state.recording_id, state.device, state.recorded_at, state.day, state.label, state.audio_sha256,
                   feature_set.object_key, feature_set.sha256, feature_set.patch_count,
                   feature_set.level_min, feature_set.level_max, feature_set.relative_min, feature_set.band_mean, feature_set.band_variance,
                   feature_set.rms, feature_set.spectral_centroid, feature_set.duration_seconds, seen.recording_id IS NULL AS pending
            FROM recording_state AS state
            JOIN feature_set USING (recording_id, extraction_hash)
            LEFT JOIN (
                SELECT DISTINCT dataset_recording.recording_id
                FROM dataset_recording
                JOIN deployment_dataset USING (dataset_id)
                JOIN deployment USING (model_id)
                WHERE model_id = @ModelId AND spec_hash = @specHash) AS seen ON seen.recording_id = state.recording_id
            WHERE state.device = ANY (@devices) AND NOT state.excluded
            ORDER BY state.device COLLATE "C", state.recorded_at, state.recording_id
            """;

        var values = new { devices = scope.Devices.ToArray(), scope.ModelId, specHash };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<EligibleSet>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>The recordings of the devices that are no eligible sets, by what keeps them out.</summary>
    public async Task<IneligibleRecordings> NotOf(IReadOnlyList<string> devices, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT count(*) FILTER (WHERE extracted AND excluded)::int AS anomalous,
                   count(*) FILTER (WHERE failed)::int AS failed,
                   count(*) FILTER (WHERE NOT extracted AND NOT failed)::int AS not_extracted
            FROM recording_state
            WHERE device = ANY (@devices)
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<IneligibleRecordings>(
            new CommandDefinition(sql, new { devices = devices.ToArray() }, cancellationToken: cancellationToken));
    }

    /// <summary>What the deployed version of a model has seen: a model that starts from it covers that too.</summary>
    public async Task<string[]> DatasetsBehind(string modelId, string specHash, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT dataset_id
            FROM deployment_dataset JOIN deployment USING (model_id)
            WHERE model_id = @modelId AND spec_hash = @specHash
            ORDER BY dataset_id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var ids = await connection.QueryAsync<string>(
            new CommandDefinition(sql, new { modelId, specHash }, cancellationToken: cancellationToken));
        return [.. ids];
    }

    private sealed record SpecRow(string Device, string TimeZone, string FeatureSpec, string? Canonical);
}

/// <param name="TimeZone">IANA name; it decides which day a moment belongs to.</param>
/// <param name="Spec">Null when nobody has created a spec of this name.</param>
internal sealed record DeviceSpec(string Device, string TimeZone, string Name, FeatureSpec? Spec);

/// <param name="Anomalous">By a model's verdict or a person's label.</param>
/// <param name="Failed">Cannot be extracted under the current spec.</param>
/// <param name="NotExtracted">Will be, soon.</param>
internal sealed record IneligibleRecordings(int Anomalous, int Failed, int NotExtracted);
