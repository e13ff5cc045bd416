using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Platform.Dsp;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Replay;

/// <summary>
/// <c>POST /recordings/{id}/replay</c> and <c>POST /alarms/{id}/replay?all=&amp;limit=&amp;after=</c>: the scores again, from the archive. An alarm's is that
/// of the recording that opened it; with <c>all</c> those of all its recordings, in pages.
/// </summary>
internal static class ReplayEndpoints
{
    private const int LongestPage = 100;

    internal static void MapReplay(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/recordings/{id:guid}/replay", Recording);
        routes.MapPost("/alarms/{id:guid}/replay", Alarm);
    }

    private static Task<Results<Ok<ReplayedRecording>, ProblemHttpResult>> Recording(
        Guid id, ScoreStore scores, WhyNoScore whyNot, Replaying replaying, CancellationToken cancellationToken) =>
        Guarded<ReplayedRecording>(async () =>
        {
            if (await scores.Find(id, cancellationToken) is { } scored)
                return TypedResults.Ok(await replaying.Replay(scored, cancellationToken));
            var (status, detail) = await whyNot.Of(id, cancellationToken);
            return TypedResults.Problem(detail, statusCode: status);
        });

    private static async Task<Results<Ok<ReplayedAlarm>, ProblemHttpResult>> Alarm(
        Guid id,
        ScoreStore scores,
        NpgsqlDataSource dataSource,
        Replaying replaying,
        CancellationToken cancellationToken,
        bool all = false,
        int limit = 20,
        Guid? after = null)
    {
        if (limit is < 1 or > LongestPage)
            return TypedResults.Problem($"limit is {limit}; allowed are 1 to {LongestPage}.", statusCode: StatusCodes.Status400BadRequest);
        if (await Find(dataSource, id, cancellationToken) is not { } alarm)
            return TypedResults.Problem($"There is no alarm {id}.", statusCode: StatusCodes.Status404NotFound);

        return await Guarded<ReplayedAlarm>(async () =>
        {
            var recordings = all ? await RecordingsOf(dataSource, id, limit + 1, after, cancellationToken) : [alarm.OpenedBy];
            var replayed = new List<ReplayedRecording>();
            foreach (var recording in recordings.Take(limit))
                if (await scores.Find(recording, cancellationToken) is { } scored)
                    replayed.Add(await replaying.Replay(scored, cancellationToken));
            return replayed.Count == 0 && after is null
                ? TypedResults.Problem($"Alarm {id} has no scored recording: its scores were removed.", statusCode: StatusCodes.Status409Conflict)
                : TypedResults.Ok(new ReplayedAlarm(
                    id, alarm.Device, alarm.OpenedAt, Worst(replayed), replayed.All(one => one.Same), replayed,
                    recordings.Count > limit ? recordings[limit - 1] : null));
        });
    }

    private static async Task<Results<Ok<T>, ProblemHttpResult>> Guarded<T>(Func<Task<Results<Ok<T>, ProblemHttpResult>>> replay)
    {
        try
        {
            return await replay();
        }
        catch (Exception exception) when (exception is StoreAwayException or DecoderMissingException)
        {
            return TypedResults.Problem(exception.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (UnscorableException exception)
        {
            return TypedResults.Problem(exception.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static string Worst(List<ReplayedRecording> replayed) =>
        ReplayOutcomes.All.LastOrDefault(outcome => replayed.Any(one => one.Outcome == outcome)) ?? ReplayOutcomes.Identical;

    private static async Task<OpenedAlarm?> Find(NpgsqlDataSource dataSource, Guid id, CancellationToken cancellationToken)
    {
        const string sql = "SELECT device, opened_by, opened_at FROM alarm WHERE id = @id";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<OpenedAlarm>(new CommandDefinition(sql, new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>What opened it together, and everything after that until it ended.</summary>
    private static async Task<IReadOnlyList<Guid>> RecordingsOf(
        NpgsqlDataSource dataSource, Guid alarm, int limit, Guid? after, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH concerned AS (
                SELECT recording_id, recorded_at FROM score WHERE alarm_id = @alarm
                UNION SELECT recording_id, recorded_at FROM score WHERE recording_id = ANY ((SELECT evidence FROM alarm WHERE id = @alarm)::uuid[])
            )
            SELECT recording_id
            FROM concerned
            WHERE @after::uuid IS NULL OR (recorded_at, recording_id) > (SELECT recorded_at, recording_id FROM concerned WHERE recording_id = @after)
            ORDER BY recorded_at, recording_id
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Guid>(
            new CommandDefinition(sql, new { alarm, limit, after }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private sealed record OpenedAlarm(string Device, Guid OpenedBy, DateTime OpenedAt);
}

/// <param name="Outcome">The worst of its recordings'.</param>
/// <param name="Next">What <c>after</c> has to be for the next page; null on the last one.</param>
internal sealed record ReplayedAlarm(
    Guid AlarmId, string Device, DateTimeOffset OpenedAt, string Outcome, bool Same, IReadOnlyList<ReplayedRecording> Recordings, Guid? Next);
