using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Predictor.Alarms;

namespace Platform.Predictor.Scoring;

internal sealed class ScoreStore(NpgsqlDataSource dataSource)
{
    /// <summary>The first score that a recording was given; null when no version has scored it.</summary>
    internal async Task<ScoredRecording?> Find(Guid recordingId, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await Find(connection, null, recordingId, cancellationToken);
    }

    internal static async Task<ScoredRecording?> Find(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid recordingId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT recording_id, device, feature_set_key, feature_set_sha256, extraction_hash, audio_sha256, patches, recorded_at,
                   model_id, version, deployment, spec_hash, detector, score, threshold, verdict, detectors::text AS detectors,
                   alarm_change, alarm_id, scored_at,
                   package_prefix, package_manifest_sha256, run_id, dataset_id, computed_with
            FROM score
            WHERE recording_id = @recordingId
            ORDER BY scored_at
            LIMIT 1
            """;

        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            new CommandDefinition(sql, new { recordingId }, transaction, cancellationToken: cancellationToken));
        return row?.ToScoredRecording();
    }

    /// <summary>Writes a recording's first score; the caller holds the device's lock.</summary>
    internal static async Task Add(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ScoredRecording scored, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO score (recording_id, model_id, version, deployment, device, spec_hash,
                               feature_set_key, feature_set_sha256, extraction_hash, audio_sha256, patches,
                               detector, score, threshold, verdict, detectors,
                               alarm_change, alarm_id, recorded_at, scored_at,
                               package_prefix, package_manifest_sha256, run_id, dataset_id, computed_with)
            VALUES (@RecordingId, @ModelId, @Version, @Deployment, @Device, @SpecHash,
                    @FeatureSetKey, @FeatureSetSha256, @ExtractionHash, @AudioSha256, @Patches,
                    @Detector, @Score, @Threshold, @Verdict, @detectors::jsonb,
                    @alarmChange, @AlarmId, @recordedAt, @scoredAt,
                    @PackagePrefix, @PackageManifestSha256, @RunId, @DatasetId, @ComputedWith)
            """;

        var (features, prediction) = (scored.Features, scored.Prediction);
        var row = new
        {
            features.RecordingId,
            scored.ModelId,
            scored.Version,
            scored.Deployment,
            features.Device,
            scored.SpecHash,
            features.FeatureSetKey,
            features.FeatureSetSha256,
            features.ExtractionHash,
            features.AudioSha256,
            prediction.Patches,
            prediction.Detector,
            prediction.Score,
            prediction.Threshold,
            prediction.Verdict,
            detectors = JsonSerializer.Serialize(prediction.Detectors, JsonSerializerOptions.Web),
            alarmChange = Text(scored.AlarmChange),
            scored.AlarmId,
            recordedAt = features.RecordedAt.UtcDateTime,
            scoredAt = scored.ScoredAt.UtcDateTime,
            scored.Provenance.PackagePrefix,
            scored.Provenance.PackageManifestSha256,
            scored.Provenance.RunId,
            scored.Provenance.DatasetId,
            scored.Provenance.ComputedWith,
        };
        await connection.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Another consequence for a recording that has its score; the caller holds the device's lock.</summary>
    internal static async Task Revise(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ScoredRecording scored, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE score SET alarm_change = @alarmChange, alarm_id = @AlarmId
            WHERE recording_id = @RecordingId AND model_id = @ModelId AND version = @Version
            """;

        var row = new { scored.Features.RecordingId, scored.ModelId, scored.Version, alarmChange = Text(scored.AlarmChange), scored.AlarmId };
        await connection.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
    }

    private static string Text(AlarmChange change) => change switch
    {
        AlarmChange.None => "none",
        AlarmChange.Opened => "opened",
        AlarmChange.Continued => "continued",
        AlarmChange.Held => "held",
        AlarmChange.Cleared => "cleared",
        AlarmChange.Late => "late",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "Unknown alarm change."),
    };

    private sealed record Row(
        Guid RecordingId, string Device, string FeatureSetKey, string FeatureSetSha256, string ExtractionHash, string AudioSha256,
        int Patches, DateTime RecordedAt, string ModelId, int Version, long Deployment, string SpecHash, string Detector, double Score,
        double Threshold, string Verdict, string Detectors, string AlarmChange, Guid? AlarmId, DateTime ScoredAt,
        string? PackagePrefix, string? PackageManifestSha256, Guid? RunId, string? DatasetId, string? ComputedWith)
    {
        internal ScoredRecording ToScoredRecording() => new(
            new FeaturesExtracted(RecordingId, Device, FeatureSetKey, FeatureSetSha256, ExtractionHash, AudioSha256, Patches, RecordedAt),
            ModelId, Version, Deployment, SpecHash,
            new RecordingPrediction(
                Detector, Score, Threshold, Verdict, Patches,
                JsonSerializer.Deserialize<DetectorScore[]>(Detectors, JsonSerializerOptions.Web)!),
            Enum.Parse<AlarmChange>(AlarmChange, ignoreCase: true), AlarmId, ScoredAt,
            new Provenance(PackagePrefix, PackageManifestSha256, RunId, DatasetId, ComputedWith));
    }
}
