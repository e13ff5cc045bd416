using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Registry.Retention;

internal static class RetentionEndpoints
{
    private const int MostListed = 200;
    private const int MostAttempts = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static void MapRetention(this IEndpointRouteBuilder app)
    {
        var retention = app.MapGroup("/retention");
        retention.MapPost("", Start).WithSummary("Mark what nothing keeps and delete what was marked a grace ago, or say what would be done.");
        retention.MapGet("", List).WithSummary("The last sweeps, newest first.");
        retention.MapGet("/{id:guid}", Get).WithSummary("A sweep and what it found and did.");
    }

    private static async Task<Results<Accepted<RetentionReport>, ProblemHttpResult>> Start(
        RetentionRequest request,
        RetentionSweep sweep,
        RetentionWorker worker,
        ReportStore reports,
        RetentionOptions options,
        CancellationToken cancellationToken)
    {
        if (request.Check() is { Count: > 0 } errors)
            return Problem.BadRequest(errors);

        for (var attempt = 1; ; attempt++)
        {
            if (await sweep.TryBegin(request.Plan(options), cancellationToken) is { } begun)
            {
                worker.Hand(begun);
                return TypedResults.Accepted($"/retention/{begun.Report.Id}", begun.Report);
            }

            if (await reports.Last(1, cancellationToken) is [{ State: RetentionStates.Running } running, ..])
                return Problem.Conflict($"A sweep is at work already: {running.Id}; wait for its end.", ("running", running.Id));
            if (attempt == MostAttempts)
                return Problem.Conflict("A sweep is about to begin or to end; try again.");

            // The last one has reported its end and is about to free the lock.
            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static async Task<Results<Ok<IReadOnlyList<RetentionReport>>, ProblemHttpResult>> List(
        ReportStore reports, CancellationToken cancellationToken, int limit = 20) =>
        limit is < 1 or > MostListed
            ? Problem.BadRequest("limit", $"{limit} is out of range; allowed is 1 to {MostListed}.")
            : TypedResults.Ok(await reports.Last(limit, cancellationToken));

    private static async Task<Results<Ok<RetentionReport>, ProblemHttpResult>> Get(Guid id, ReportStore reports, CancellationToken cancellationToken) =>
        await reports.Find(id, cancellationToken) is { } report
            ? TypedResults.Ok(report)
            : Problem.NotFound($"There is no retention report {id}; the last 200 are kept.");
}
