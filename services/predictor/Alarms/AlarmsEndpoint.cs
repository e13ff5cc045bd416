using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Hosting;

namespace Platform.Predictor.Alarms;

/// <summary>
/// <c>GET /alarms?device=&amp;open=&amp;limit=&amp;after=</c> newest first, <c>GET /alarms/{id}</c> with its recordings,
/// <c>GET /alarms/{id}/recordings?limit=&amp;after=</c> all of them by page, <c>POST /alarms/{id}/close</c>. An id may be cut off as long as it names one alarm.
/// </summary>
internal static class AlarmsEndpoint
{
    private const int LongestList = 1_000;
    private const int LongestText = 1_000;

    internal static void MapAlarms(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/alarms", List);
        routes.MapGet("/alarms/{id}", Show);
        routes.MapGet("/alarms/{id}/recordings", Recordings);
        routes.MapPost("/alarms/{id}/close", Close);
    }

    private static async Task<Results<Ok<IReadOnlyList<Alarm>>, ProblemHttpResult>> List(
        AlarmReader alarms, CancellationToken cancellationToken, string? device = null, bool? open = null, Guid? after = null, int limit = 100) =>
        limit is < 1 or > LongestList
            ? TypedResults.Problem($"limit is {limit}; allowed are 1 to {LongestList}.", statusCode: StatusCodes.Status400BadRequest)
            : TypedResults.Ok(await alarms.List(device, open, after, limit, cancellationToken));

    private static async Task<Results<Ok<AlarmDetails>, ProblemHttpResult>> Show(
        string id, AlarmReader alarms, CancellationToken cancellationToken, int limit = 50)
    {
        if (limit is < 1 or > LongestList)
            return TypedResults.Problem($"limit is {limit}; allowed are 1 to {LongestList}.", statusCode: StatusCodes.Status400BadRequest);
        var (alarm, problem) = await Find(id, alarms, cancellationToken);
        return alarm is null ? problem! : TypedResults.Ok(new AlarmDetails(alarm, await alarms.Recordings(alarm, limit, cancellationToken)));
    }

    private static async Task<Results<Ok<IReadOnlyList<AlarmedScore>>, ProblemHttpResult>> Recordings(
        string id, AlarmReader alarms, CancellationToken cancellationToken, int limit = 100, Guid? after = null)
    {
        if (limit is < 1 or > LongestList)
            return TypedResults.Problem($"limit is {limit}; allowed are 1 to {LongestList}.", statusCode: StatusCodes.Status400BadRequest);
        var (alarm, problem) = await Find(id, alarms, cancellationToken);
        return alarm is null ? problem! : TypedResults.Ok(await alarms.Page(alarm, after, limit, cancellationToken));
    }

    private static async Task<Results<Ok<Alarm>, ProblemHttpResult>> Close(
        string id, CloseRequest request, AlarmReader alarms, CloseAlarm close, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.By) || request.By.Length > LongestText || request.Note?.Length > LongestText)
        {
            return TypedResults.Problem(
                $"by must say who closes the alarm; by and note may have {LongestText} characters each.", statusCode: StatusCodes.Status400BadRequest);
        }

        var (alarm, problem) = await Find(id, alarms, cancellationToken);
        if (alarm is null)
            return problem!;
        var closed = await close.Run(alarm, request.By, request.Note, cancellationToken);
        alarm = (await alarms.Find(alarm.Id, alarm.Id, cancellationToken))[0];
        return closed
            ? TypedResults.Ok(alarm)
            : TypedResults.Problem(
                $"Alarm {alarm.Id} was closed at {alarm.ClosedAt:O} already ({alarm.CloseReason}{(alarm.ClosedByPerson is { } person ? $", {person}" : "")}).",
                statusCode: StatusCodes.Status409Conflict);
    }

    private static async Task<(Alarm? Alarm, ProblemHttpResult? Problem)> Find(string id, AlarmReader alarms, CancellationToken cancellationToken)
    {
        if (IdPrefix.Range(id) is not var (first, last))
        {
            return (null, TypedResults.Problem(
                $"'{id}' is no id of an alarm; give at least its first 4 hexadecimal digits.", statusCode: StatusCodes.Status400BadRequest));
        }

        return await alarms.Find(first, last, cancellationToken) switch
        {
            [var one] => (one, null),
            [] => (null, TypedResults.Problem($"There is no alarm '{id}'.", statusCode: StatusCodes.Status404NotFound)),
            _ => (null, TypedResults.Problem($"Several alarms begin with '{id}'; give more of the id.", statusCode: StatusCodes.Status400BadRequest)),
        };
    }
}

/// <param name="By">Who closes it.</param>
internal sealed record CloseRequest(string? By, string? Note = null);

/// <param name="Scores">What opened it and what came after, oldest first; of a long alarm its beginning and its end.</param>
internal sealed record AlarmDetails(Alarm Alarm, IReadOnlyList<AlarmedScore> Scores);
