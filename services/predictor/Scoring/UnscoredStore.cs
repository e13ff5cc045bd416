using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Predictor.Scoring;

/// <summary>Recordings that no model has scored yet, with the reason.</summary>
internal sealed class UnscoredStore(NpgsqlDataSource dataSource)
{
    /// <summary>Notes why a feature set was not scored; changes nothing when its recording has been scored meanwhile.</summary>
    internal async Task Note(
        FeaturesExtracted features, string reason, string detail, DateTimeOffset at, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO unscored (recording_id, extraction_hash, device, feature_set_key, feature_set_sha256, audio_sha256,
                                  patch_count, reason, detail, recorded_at, noted_at)
            SELECT @RecordingId, @ExtractionHash, @Device, @FeatureSetKey, @FeatureSetSha256, @AudioSha256,
                   @PatchCount, @reason, @detail, @recordedAt, @at
            WHERE NOT EXISTS (SELECT 1 FROM score WHERE recording_id = @RecordingId)
            ON CONFLICT (recording_id, extraction_hash) DO UPDATE SET reason = excluded.reason, detail = excluded.detail
            """;

        var row = new
        {
            features.RecordingId,
            features.ExtractionHash,
            features.Device,
            features.FeatureSetKey,
            features.FeatureSetSha256,
            features.AudioSha256,
            features.PatchCount,
            reason,
            detail,
            recordedAt = features.RecordedAt.UtcDateTime,
            at = at.UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, row, cancellationToken: cancellationToken));
    }

    /// <summary>For which devices and extractions recordings wait.</summary>
    internal async Task<IReadOnlyList<WaitingDevice>> WaitingDevices(CancellationToken cancellationToken)
    {
        // From one device to the next by the index: a device without a model may have a million rows, and each swap asks.
        const string sql = """
            WITH RECURSIVE waiting AS (
                (SELECT device, extraction_hash FROM unscored WHERE reason <> 'unscorable' ORDER BY device, extraction_hash LIMIT 1)
                UNION ALL
                SELECT next.device, next.extraction_hash
                FROM waiting CROSS JOIN LATERAL (
                    SELECT device, extraction_hash FROM unscored
                    WHERE reason <> 'unscorable' AND (device, extraction_hash) > (waiting.device, waiting.extraction_hash)
                    ORDER BY device, extraction_hash LIMIT 1) AS next
            )
            SELECT device, extraction_hash FROM waiting
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<WaitingDevice>(new CommandDefinition(sql, cancellationToken: cancellationToken))];
    }

    /// <summary>The oldest feature sets of a device that a model of this extraction can score now.</summary>
    internal async Task<IReadOnlyList<FeaturesExtracted>> Waiting(
        string device, string extractionHash, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT recording_id, device, feature_set_key, feature_set_sha256, extraction_hash, audio_sha256, patch_count, recorded_at
            FROM unscored
            WHERE device = @device AND extraction_hash = @extractionHash AND reason <> 'unscorable'
            ORDER BY recorded_at, recording_id
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(
            new CommandDefinition(sql, new { device, extractionHash, limit }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToFeaturesExtracted())];
    }

    /// <summary>Forgets that a recording waited, under whichever extraction.</summary>
    internal async Task Remove(Guid recordingId, CancellationToken cancellationToken)
    {
        const string sql = "DELETE FROM unscored WHERE recording_id = @recordingId";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { recordingId }, cancellationToken: cancellationToken));
    }

    private sealed record Row(
        Guid RecordingId, string Device, string FeatureSetKey, string FeatureSetSha256, string ExtractionHash, string AudioSha256,
        int PatchCount, DateTime RecordedAt)
    {
        internal FeaturesExtracted ToFeaturesExtracted() =>
            new(RecordingId, Device, FeatureSetKey, FeatureSetSha256, ExtractionHash, AudioSha256, PatchCount, RecordedAt);
    }
}

internal sealed record WaitingDevice(string Device, string ExtractionHash);

/// <summary>Values of <c>unscored.reason</c>.</summary>
internal static class UnscoredReasons
{
    /// <summary>No model serves the device; scored when its first one goes live.</summary>
    internal const string NoModel = "no_model";

    /// <summary>The device's model was made for another extraction; scored when one of this extraction goes live.</summary>
    internal const string OtherExtraction = "other_extraction";

    /// <summary>The device's model cannot be loaded now; scored when it can.</summary>
    internal const string ModelUnavailable = "model_unavailable";

    /// <summary>See <see cref="UnscorableException"/>; never scored.</summary>
    internal const string Unscorable = "unscorable";
}
