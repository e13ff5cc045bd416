using Dapper;
using Npgsql;
using Platform.Dsp;

namespace Platform.Features.Spectrograms;

/// <summary>What a picture is made of, or why there is nothing to make one of.</summary>
internal sealed class SpectrogramStore(NpgsqlDataSource dataSource)
{
    /// <summary>Null when the recording is not known here.</summary>
    /// <param name="spec">Null for the device's own spec or, until the recording is extracted under that, its newest feature set.</param>
    public async Task<ShownRecording?> Find(Guid recordingId, string? spec, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT wanted.name AS wanted_spec,
                   feature_spec.name IS NOT NULL AS spec_exists,
                   failure.reason, failure.detail,
                   shown.object_key, shown.sha256, shown.patch_count, shown.level_min, shown.level_max, shown.canonical
            FROM recording
            LEFT JOIN device ON device.device = recording.device
            CROSS JOIN LATERAL (SELECT coalesce(@spec, device.feature_spec) AS name) AS wanted
            LEFT JOIN feature_spec ON feature_spec.name = wanted.name
            LEFT JOIN extraction_failure AS failure
                ON failure.recording_id = recording.recording_id AND failure.feature_spec = wanted.name
            LEFT JOIN LATERAL (
                SELECT own.object_key, own.sha256, own.patch_count, own.level_min, own.level_max,
                       -- Specs with the same extraction differ in their view only, which no picture shows.
                       (SELECT min(canonical) FROM feature_spec AS alike WHERE alike.extraction_hash = own.extraction_hash) AS canonical
                FROM feature_set AS own
                WHERE own.recording_id = recording.recording_id
                    AND (@spec IS NULL OR own.extraction_hash = feature_spec.extraction_hash)
                ORDER BY coalesce(own.extraction_hash = feature_spec.extraction_hash, false) DESC, own.extracted_at DESC
                LIMIT 1) AS shown ON true
            WHERE recording.recording_id = @recordingId
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            new CommandDefinition(sql, new { recordingId, spec }, cancellationToken: cancellationToken));
        return row is null ? null : new ShownRecording(row.WantedSpec, row.SpecExists, row.Reason, row.Detail, row.Set());
    }

    private sealed record Row(
        string? WantedSpec, bool SpecExists, string? Reason, string? Detail,
        string? ObjectKey, string? Sha256, int? PatchCount, double? LevelMin, double? LevelMax, string? Canonical)
    {
        public ShownSet? Set() => ObjectKey is null
            ? null
            : new ShownSet(ObjectKey, Sha256!, PatchCount!.Value, LevelMin!.Value, LevelMax!.Value, FeatureSpec.FromCanonicalJson(Canonical!).Extraction);
    }
}

/// <param name="Spec">What it was asked for under; null while the device is not known.</param>
/// <param name="FailureReason">Why it cannot be extracted under that; null when it can, or was not tried yet.</param>
/// <param name="Set">Null when there is none.</param>
internal sealed record ShownRecording(string? Spec, bool SpecExists, string? FailureReason, string? FailureDetail, ShownSet? Set);

/// <param name="LevelMin">Lowest level of all patches, absolute dB.</param>
/// <param name="LevelMax">Highest level of all patches, absolute dB.</param>
internal sealed record ShownSet(string ObjectKey, string Sha256, int PatchCount, double LevelMin, double LevelMax, Extraction Extraction);
