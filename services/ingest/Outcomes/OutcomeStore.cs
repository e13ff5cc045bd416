using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Ingest;

/// <summary>
/// What came of a recording under each spec. Of two messages about the same one, in whatever order they come: features beat a failure, because
/// a failure that can be healed is healed once and for all; a later failure beats an earlier one.
/// </summary>
/// <remarks>A message that names no spec is about the one that the device has when it comes.</remarks>
internal sealed class OutcomeStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>False when nothing changed by it, or there is no such recording.</summary>
    public async Task<bool> KeepFeatures(FeaturesExtracted extracted, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO recording_outcome (recording_id, feature_spec, duration_seconds, decided_at)
            SELECT recording.id, coalesce(@FeatureSpec, device.feature_spec), @DurationSeconds, @now
            FROM recording JOIN device ON device.code = recording.device
            WHERE recording.id = @RecordingId
            ON CONFLICT (recording_id, feature_spec) DO UPDATE
            SET reason = NULL, detail = NULL, duration_seconds = excluded.duration_seconds, decided_at = excluded.decided_at
            WHERE recording_outcome.reason IS NOT NULL
            """;

        var values = new { extracted.RecordingId, extracted.FeatureSpec, extracted.DurationSeconds, now = time.GetUtcNow().UtcDateTime };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken)) == 1;
    }

    public async Task KeepFailure(FeatureExtractionFailed failed, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO recording_outcome (recording_id, feature_spec, reason, detail, duration_seconds, decided_at)
            SELECT recording.id, coalesce(@FeatureSpec, device.feature_spec), @Reason, @Detail, @DurationSeconds, @failedAt
            FROM recording JOIN device ON device.code = recording.device
            WHERE recording.id = @RecordingId
            ON CONFLICT (recording_id, feature_spec) DO UPDATE
            SET reason = excluded.reason, detail = excluded.detail, duration_seconds = excluded.duration_seconds,
                decided_at = excluded.decided_at
            WHERE recording_outcome.reason IS NOT NULL AND recording_outcome.decided_at <= excluded.decided_at
            """;

        var values = new
        {
            failed.RecordingId,
            failed.FeatureSpec,
            failed.Reason,
            failed.Detail,
            failed.DurationSeconds,
            failedAt = failed.FailedAt.UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }
}
