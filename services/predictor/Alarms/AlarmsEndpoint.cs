using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Platform.Predictor.Alarms;

/// <summary><c>GET /alarms?device=&amp;open=&amp;limit=</c>: newest first.</summary>
internal static class AlarmsEndpoint
{
    private const int LongestList = 1_000;

    internal static void MapAlarms(this IEndpointRouteBuilder routes) => routes.MapGet("/alarms", List);

    private static async Task<Results<Ok<IReadOnlyList<Alarm>>, ProblemHttpResult>> List(
        NpgsqlDataSource dataSource, CancellationToken cancellationToken, string? device = null, bool? open = null, int limit = 100)
    {
        const string sql = """
            SELECT id, device, model_id, version, closed_at IS NULL AS open, opened_by, opened_at, last_recording_id, last_recorded_at,
                   recordings, closed_by, closed_at
            FROM alarm
            WHERE (@device::text IS NULL OR device = @device) AND (@open::boolean IS NULL OR (closed_at IS NULL) = @open)
            ORDER BY opened_at DESC, id DESC
            LIMIT @limit
            """;

        if (limit is < 1 or > LongestList)
            return TypedResults.Problem($"limit is {limit}; allowed are 1 to {LongestList}.", statusCode: StatusCodes.Status400BadRequest);

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Alarm>(
            new CommandDefinition(sql, new { device, open, limit }, cancellationToken: cancellationToken));
        return TypedResults.Ok<IReadOnlyList<Alarm>>([.. rows]);
    }

    private sealed record Alarm(
        Guid Id,
        string Device,
        string ModelId,
        int Version,
        bool Open,
        Guid OpenedBy,
        DateTime OpenedAt,
        Guid LastRecordingId,
        DateTime LastRecordedAt,
        int Recordings,
        Guid? ClosedBy,
        DateTime? ClosedAt);
}
