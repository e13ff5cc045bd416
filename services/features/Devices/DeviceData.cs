using Dapper;
using Npgsql;
using Platform.Dsp;

namespace Platform.Features.Devices;

/// <summary>How much data a device has, and whether its model covers it.</summary>
/// <param name="PassedOver">Extracted recordings that the deployed version has seen and left out, by its screen or its draw.</param>
/// <param name="FailuresJson">Failed recordings by reason.</param>
/// <param name="Seconds">Of audio, where it is known.</param>
/// <param name="Unmeasured">Extracted recordings whose length is not known, and their patches.</param>
/// <param name="FalseAlarms">Recordings that a model called anomalous and a person normal.</param>
/// <param name="Absorbed">Of those, the ones that a deployed model has learnt.</param>
/// <param name="SameSpec">A deployed model has the device's current spec.</param>
/// <param name="Reextracting">Recordings that have features of another extraction wait for those of the current one.</param>
internal sealed record DeviceData(
    string Device,
    string FeatureSpec,
    string? Canonical,
    int Recordings,
    int Extracted,
    int Pending,
    int Trained,
    int Failed,
    int Excluded,
    int PassedOver,
    int Patches,
    string? FailuresJson,
    double Seconds,
    int Unmeasured,
    int UnmeasuredPatches,
    string? FirstDay,
    string? LastDay,
    int FalseAlarms,
    int Absorbed,
    bool Covered,
    bool SameSpec,
    bool Reextracting,
    string? Reason)
{
    public string State => (Covered, Reason) switch
    {
        (false, _) => DataStates.NeverTrained,
        (true, null) => DataStates.UpToDate,
        _ => DataStates.RetrainNeeded,
    };

    /// <summary>Of extracted audio; where only patches are known, of what they cover.</summary>
    public double Hours
    {
        get
        {
            if (Unmeasured == 0)
                return Seconds / 3_600;
            var extraction = Dsp.FeatureSpec.FromCanonicalJson(Canonical!).Extraction;
            return (Seconds + (UnmeasuredPatches - Unmeasured) * extraction.HopSeconds + Unmeasured * extraction.WinSeconds) / 3_600;
        }
    }

    /// <summary>Counts of one device as of this transaction; null when it is not known.</summary>
    public static async Task<DeviceData?> Find(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string device, CancellationToken cancellationToken)
    {
        // Recordings are read once: grouped by what they failed of, then summed up.
        const string sql = """
            WITH grouped AS (
                SELECT failure,
                       count(*) AS recordings,
                       count(*) FILTER (WHERE extracted) AS extracted,
                       count(*) FILTER (WHERE extracted AND NOT trained AND NOT excluded AND (NOT passed_over OR label = 'verified_normal')) AS pending,
                       count(*) FILTER (WHERE extracted AND trained) AS trained,
                       count(*) FILTER (WHERE failed) AS failed,
                       count(*) FILTER (WHERE extracted AND NOT trained AND excluded) AS excluded,
                       count(*) FILTER (WHERE extracted AND passed_over AND NOT excluded AND label <> 'verified_normal') AS passed_over,
                       sum(patch_count) AS patches,
                       sum(duration_seconds) AS seconds,
                       count(*) FILTER (WHERE extracted AND duration_seconds IS NULL) AS unmeasured,
                       sum(patch_count) FILTER (WHERE duration_seconds IS NULL) AS unmeasured_patches,
                       min(day) AS first_day,
                       max(day) AS last_day,
                       count(*) FILTER (WHERE verdict = 'anomalous' AND label = 'verified_normal') AS false_alarms,
                       count(*) FILTER (WHERE verdict = 'anomalous' AND label = 'verified_normal' AND trained) AS absorbed,
                       bool_or(trained AND label = 'anomalous'
                           OR NOT trained AND extracted AND label = 'verified_normal' AND (verdict = 'anomalous' OR passed_over)) AS relabelled
                FROM recording_state
                WHERE device = @device
                GROUP BY failure),
            counted AS (
                SELECT coalesce(sum(recordings), 0)::int AS recordings,
                       coalesce(sum(extracted), 0)::int AS extracted,
                       coalesce(sum(pending), 0)::int AS pending,
                       coalesce(sum(trained), 0)::int AS trained,
                       coalesce(sum(failed), 0)::int AS failed,
                       coalesce(sum(excluded), 0)::int AS excluded,
                       coalesce(sum(passed_over), 0)::int AS passed_over,
                       coalesce(sum(patches), 0)::int AS patches,
                       (json_object_agg(failure, failed ORDER BY failure) FILTER (WHERE failure IS NOT NULL))::text AS failures_json,
                       coalesce(sum(seconds), 0) AS seconds,
                       coalesce(sum(unmeasured), 0)::int AS unmeasured,
                       coalesce(sum(unmeasured_patches), 0)::int AS unmeasured_patches,
                       min(first_day) AS first_day,
                       max(last_day) AS last_day,
                       coalesce(sum(false_alarms), 0)::int AS false_alarms,
                       coalesce(sum(absorbed), 0)::int AS absorbed,
                       coalesce(bool_or(relabelled), false) AS relabelled
                FROM grouped),
            live AS (
                SELECT count(*) > 0 AS covered,
                       coalesce(bool_or(feature_spec.spec_hash IS NOT NULL), false) AS same_spec,
                       coalesce(bool_or(drift.device IS NOT NULL), false) AS drifted
                FROM deployment
                JOIN device ON device.device = @device
                LEFT JOIN feature_spec ON feature_spec.name = device.feature_spec AND feature_spec.spec_hash = deployment.spec_hash
                LEFT JOIN drift ON drift.device = @device AND drift.model_id = deployment.model_id AND drift.version = deployment.version
                WHERE @device = ANY (deployment.devices))
            SELECT device.device, device.feature_spec, feature_spec.canonical,
                   recordings, extracted, pending, trained, failed, excluded, passed_over, patches, failures_json,
                   seconds, unmeasured, unmeasured_patches, first_day, last_day, false_alarms, absorbed, covered, same_spec,
                   CASE WHEN spec_changed AND recordings > extracted + failed THEN EXISTS (
                       SELECT FROM recording_state AS waiting
                       WHERE waiting.device = @device AND NOT waiting.extracted AND NOT waiting.failed
                           AND EXISTS (SELECT FROM feature_set WHERE feature_set.recording_id = waiting.recording_id))
                       ELSE false END AS reextracting,
                   CASE WHEN covered AND NOT same_spec THEN 'spec'
                        WHEN covered AND relabelled THEN 'label'
                        WHEN covered AND drifted THEN 'drift'
                        WHEN pending > 0 THEN 'new_data'
                   END AS reason
            FROM device LEFT JOIN feature_spec ON feature_spec.name = device.feature_spec, counted, live
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
