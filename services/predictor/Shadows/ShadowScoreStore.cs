using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Shadows;

/// <summary>What came of scoring a recording with a shadow.</summary>
internal static class ShadowOutcomes
{
    internal const string Scored = "scored";

    /// <summary>The recording was extracted for another feature spec than the shadow's, so it says nothing about either.</summary>
    internal const string OtherExtraction = "other_extraction";

    /// <summary>The patches are not what was announced, or the shadow makes no number of them.</summary>
    internal const string Unscorable = "unscorable";
}

/// <summary>A row of <c>shadow_score</c>.</summary>
/// <param name="Detail">Why there is no prediction; null when there is one.</param>
internal sealed record ShadowScore(
    string ModelId, int Version, FeaturesExtracted Features, string Outcome, string? Detail, RecordingPrediction? Prediction, DateTimeOffset ScoredAt);

internal sealed class ShadowScoreStore(NpgsqlDataSource dataSource)
{
    internal async Task<bool> IsScored(Guid recordingId, string modelId, int version, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT EXISTS (
                SELECT FROM shadow_score
                WHERE recording_id = @recordingId AND model_id = @modelId AND version = @version AND outcome = 'scored')
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(
            new CommandDefinition(sql, new { recordingId, modelId, version }, cancellationToken: cancellationToken));
    }

    /// <summary>A score stays; that there was none is forgotten when the same recording can be scored after all, say under another extraction.</summary>
    internal async Task Add(ShadowScore score, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO shadow_score (recording_id, model_id, version, device, outcome, detail, extraction_hash,
                                      detector, score, threshold, verdict, detectors, recorded_at, scored_at)
            VALUES (@RecordingId, @ModelId, @Version, @Device, @Outcome, @Detail, @ExtractionHash,
                    @Detector, @Score, @Threshold, @Verdict, @detectors::jsonb, @recordedAt, @scoredAt)
            ON CONFLICT (recording_id, model_id, version) DO UPDATE
            SET outcome = excluded.outcome, detail = excluded.detail, extraction_hash = excluded.extraction_hash, detector = excluded.detector,
                score = excluded.score, threshold = excluded.threshold, verdict = excluded.verdict, detectors = excluded.detectors,
                scored_at = excluded.scored_at
            WHERE shadow_score.outcome <> 'scored' AND excluded.outcome = 'scored'
            """;

        var (features, prediction) = (score.Features, score.Prediction);
        var row = new
        {
            features.RecordingId,
            score.ModelId,
            score.Version,
            features.Device,
            score.Outcome,
            score.Detail,
            features.ExtractionHash,
            prediction?.Detector,
            prediction?.Score,
            prediction?.Threshold,
            prediction?.Verdict,
            detectors = prediction is null ? null : JsonSerializer.Serialize(prediction.Detectors, JsonSerializerOptions.Web),
            recordedAt = features.RecordedAt.UtcDateTime,
            scoredAt = score.ScoredAt.UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, row, cancellationToken: cancellationToken));
    }
}
