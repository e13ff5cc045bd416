using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Platform.Features.Measurements;

/// <summary><c>GET /recordings/{id}/features</c>: what was measured on a recording under each spec, and why it was not.</summary>
internal static class RecordingFeaturesEndpoint
{
    internal static void MapRecordingFeatures(this WebApplication app) => app.MapGet("/recordings/{id:guid}/features", Find);

    private static async Task<Results<Ok<RecordingFeatures>, ProblemHttpResult>> Find(
        Guid id, NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        const string recordingSql = "SELECT device FROM recording WHERE recording_id = @id";
        const string setsSql = """
            SELECT array(SELECT name FROM feature_spec WHERE feature_spec.extraction_hash = feature_set.extraction_hash ORDER BY name) AS specs,
                   extraction_hash, object_key, sha256, patch_count, level_min, level_max, rms, spectral_centroid,
                   peak, clipped_fraction, silent_fraction, duration_seconds, sample_rate, channels, truncated, extracted_at
            FROM feature_set WHERE recording_id = @id
            ORDER BY extracted_at DESC
            """;
        const string failuresSql = """
            SELECT feature_spec, reason, detail, duration_seconds, failed_at FROM extraction_failure WHERE recording_id = @id
            ORDER BY failed_at DESC
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (await connection.QuerySingleOrDefaultAsync<string>(Command(recordingSql)) is not { } device)
            return TypedResults.Problem($"There is no recording '{id}', or it has not arrived here yet.", statusCode: StatusCodes.Status404NotFound);

        return TypedResults.Ok(new RecordingFeatures(
            id,
            device,
            (await connection.QueryAsync<MeasuredSet>(Command(setsSql))).AsList(),
            (await connection.QueryAsync<FailedSpec>(Command(failuresSql))).AsList()));

        CommandDefinition Command(string sql) => new(sql, new { id }, cancellationToken: cancellationToken);
    }
}

/// <param name="Sets">One per extraction, the newest first.</param>
/// <param name="Failures">Specs under which there can be none.</param>
internal sealed record RecordingFeatures(Guid RecordingId, string Device, IReadOnlyList<MeasuredSet> Sets, IReadOnlyList<FailedSpec> Failures);

/// <summary>What <c>FeatureSummary</c> in <c>Platform.Dsp</c> defines; null where a set is older than the measurement.</summary>
internal sealed record MeasuredSet
{
    /// <summary>Names of the specs that share this extraction.</summary>
    public required string[] Specs { get; init; }

    public required string ExtractionHash { get; init; }

    public required string ObjectKey { get; init; }

    public required string Sha256 { get; init; }

    public required int PatchCount { get; init; }

    public required double LevelMin { get; init; }

    public required double LevelMax { get; init; }

    public required double Rms { get; init; }

    public required double SpectralCentroid { get; init; }

    public double? Peak { get; init; }

    public double? ClippedFraction { get; init; }

    public double? SilentFraction { get; init; }

    public double? DurationSeconds { get; init; }

    public int? SampleRate { get; init; }

    public int? Channels { get; init; }

    public required bool Truncated { get; init; }

    public required DateTime ExtractedAt { get; init; }
}

internal sealed record FailedSpec(string FeatureSpec, string Reason, string Detail, double? DurationSeconds, DateTime FailedAt);
