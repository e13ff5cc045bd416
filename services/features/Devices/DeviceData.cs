using Dapper;
using Npgsql;

namespace Platform.Features.Devices;

/// <summary>How much data a device has, and whether its model covers it.</summary>
internal sealed record DeviceData(
    string Device,
    string FeatureSpec,
    int Recordings,
    int Extracted,
    int Pending,
    int Trained,
    int Failed,
    int Excluded,
    int Patches,
    bool Covered,
    string? Reason)
{
    public string State => (Covered, Reason) switch
    {
        (false, _) => DataStates.NeverTrained,
        (true, null) => DataStates.UpToDate,
        _ => DataStates.RetrainNeeded,
    };

    /// <summary>Counts of one device as of this transaction; null when it is not known.</summary>
    public static async Task<DeviceData?> Find(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string device, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH counted AS (
                SELECT count(*)::int AS recordings,
                       count(*) FILTER (WHERE extracted)::int AS extracted,
                       count(*) FILTER (WHERE extracted AND NOT trained AND NOT excluded)::int AS pending,
                       count(*) FILTER (WHERE extracted AND trained)::int AS trained,
                       count(*) FILTER (WHERE failed)::int AS failed,
                       count(*) FILTER (WHERE extracted AND NOT trained AND excluded)::int AS excluded,
                       coalesce(sum(patch_count), 0)::int AS patches,
                       coalesce(bool_or(trained AND label = 'anomalous'
                           OR NOT trained AND extracted AND label = 'verified_normal' AND verdict = 'anomalous'), false) AS relabelled
                FROM recording_state
                WHERE device = @device),
            live AS (
                SELECT count(*) > 0 AS covered,
                       coalesce(bool_or(feature_spec.spec_hash IS NOT NULL), false) AS same_spec,
                       coalesce(bool_or(drift.device IS NOT NULL), false) AS drifted
                FROM deployment
                JOIN device ON device.device = @device
                LEFT JOIN feature_spec ON feature_spec.name = device.feature_spec AND feature_spec.spec_hash = deployment.spec_hash
                LEFT JOIN drift ON drift.device = @device AND drift.model_id = deployment.model_id AND drift.version = deployment.version
                WHERE @device = ANY (deployment.devices))
            SELECT device.device, device.feature_spec, recordings, extracted, pending, trained, failed, excluded, patches, covered,
                   CASE WHEN covered AND NOT same_spec THEN 'spec'
                        WHEN covered AND relabelled THEN 'label'
                        WHEN covered AND drifted THEN 'drift'
                        WHEN pending > 0 THEN 'new_data'
                   END AS reason
            FROM device, counted, live
            WHERE device.device = @device
            """;

        return await connection.QuerySingleOrDefaultAsync<DeviceData>(
            new CommandDefinition(sql, new { device }, transaction, cancellationToken: cancellationToken));
    }
}

/// <summary>Values of a device's data state.</summary>
internal static class DataStates
{
    public const string NeverTrained = "never_trained";
    public const string UpToDate = "up_to_date";
    public const string RetrainNeeded = "retrain_needed";
}
