using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Platform.Contracts;
using Platform.Predictor.Devices;

namespace Platform.Predictor.Scoring;

/// <summary>
/// <c>GET /devices/{device}/predictions?limit=&amp;after=</c>: newest recording first; <c>after</c> is the last recording of the
/// page before.
/// </summary>
internal static class PredictionsEndpoint
{
    private const int LongestPage = 1_000;

    internal static void MapPredictions(this IEndpointRouteBuilder routes) => routes.MapGet("/devices/{device}/predictions", List);

    private static async Task<Results<Ok<IReadOnlyList<Prediction>>, ProblemHttpResult>> List(
        string device,
        DeviceStore devices,
        NpgsqlDataSource dataSource,
        CancellationToken cancellationToken,
        int limit = 100,
        Guid? after = null)
    {
        const string sql = """
            SELECT recording_id, device, model_id, version, deployment, detector, score, threshold, verdict, alarm_id, alarm_change,
                   detectors::text AS detectors, recorded_at, scored_at
            FROM score
            WHERE device = @device
              AND (@after::uuid IS NULL
                   OR (recorded_at, recording_id) < (SELECT recorded_at, recording_id FROM score
                                                     WHERE device = @device AND recording_id = @after LIMIT 1))
            ORDER BY recorded_at DESC, recording_id DESC
            LIMIT @limit
            """;

        if (limit is < 1 or > LongestPage)
            return TypedResults.Problem($"limit is {limit}; allowed are 1 to {LongestPage}.", statusCode: StatusCodes.Status400BadRequest);

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, new { device, after, limit }, cancellationToken: cancellationToken));
        Prediction[] page = [.. rows.Select(row => row.ToPrediction())];
        return page.Length == 0 && after is null && !await devices.Knows(device, cancellationToken)
            ? TypedResults.Problem($"No device {device} is known.", statusCode: StatusCodes.Status404NotFound)
            : TypedResults.Ok<IReadOnlyList<Prediction>>(page);
    }

    private sealed record Prediction(
        Guid RecordingId,
        string Device,
        string ModelId,
        int Version,
        long Deployment,
        string Detector,
        double Score,
        double Threshold,
        string Verdict,
        Guid? AlarmId,
        string AlarmChange,
        IReadOnlyList<DetectorScore> Detectors,
        DateTime RecordedAt,
        DateTime ScoredAt);

    private sealed record Row(
        Guid RecordingId, string Device, string ModelId, int Version, long Deployment, string Detector, double Score, double Threshold,
        string Verdict, Guid? AlarmId, string AlarmChange, string Detectors, DateTime RecordedAt, DateTime ScoredAt)
    {
        internal Prediction ToPrediction() => new(
            RecordingId, Device, ModelId, Version, Deployment, Detector, Score, Threshold, Verdict, AlarmId, AlarmChange,
            JsonSerializer.Deserialize<DetectorScore[]>(Detectors, JsonSerializerOptions.Web)!, RecordedAt, ScoredAt);
    }
}
