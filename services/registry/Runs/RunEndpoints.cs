using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;

namespace Platform.Registry.Runs;

internal static class RunEndpoints
{
    private const int MostListed = 500;

    private static readonly string[] States =
        [.. RunStates.Active, RunStates.Completed, RunStates.Failed, RunStates.Cancelled, RunStates.NotPossible];

    public static void MapRuns(this IEndpointRouteBuilder app)
    {
        var runs = app.MapGroup("/runs");
        runs.MapPost("", Start);
        runs.MapGet("", List);
        runs.MapGet("/{idOrName}", Get);
        runs.MapGet("/{idOrName}/epochs", Epochs);
        runs.MapPost("/{idOrName}/cancel", Cancel);
    }

    private static async Task<Results<Accepted<StartedRun>, ProblemHttpResult>> Start(
        RunRequest request, StartRun start, CancellationToken cancellationToken) =>
        await start.Start(request, cancellationToken) switch
        {
            StartOutcome.Queued { Run: var run } =>
                TypedResults.Accepted($"/runs/{run.Id}", new StartedRun(run.Id, run.Name, run.State, run.ModelId)),
            StartOutcome.Refused { Errors: var errors } => Problem.BadRequest(errors),
            StartOutcome.AlreadyActive { Run: var active } => Problem.Conflict(
                $"{active.ModelId} has an active run already: '{active.Name}' is {active.State}.", ("activeRunId", active.Id)),
            StartOutcome.NameTaken { Name: var name } => Problem.Conflict($"A run named '{name}' exists already."),
            var outcome => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
        };

    private static async Task<Results<Ok<IReadOnlyList<Run>>, ProblemHttpResult>> List(
        RunStore runs, CancellationToken cancellationToken, string? state = null, string? modelId = null, int limit = 100)
    {
        if (state is not null && !States.Contains(state))
            return Problem.BadRequest("state", $"'{state}' is not a state; allowed are {string.Join(", ", States)}.");
        if (limit is < 1 or > MostListed)
            return Problem.BadRequest("limit", $"{limit} is out of range; allowed is 1 to {MostListed}.");
        return TypedResults.Ok(await runs.List(state, modelId, limit, cancellationToken));
    }

    private static async Task<Results<Ok<Run>, ProblemHttpResult>> Get(string idOrName, RunStore runs, CancellationToken cancellationToken) =>
        await runs.Find(idOrName, cancellationToken) is { } run ? TypedResults.Ok(run) : Unknown(idOrName);

    private static async Task<Results<Ok<IReadOnlyList<EpochRow>>, ProblemHttpResult>> Epochs(
        string idOrName, RunStore runs, RunProgressStore progress, CancellationToken cancellationToken) =>
        await runs.Find(idOrName, cancellationToken) is { } run
            ? TypedResults.Ok(await progress.Epochs(run.Id, cancellationToken))
            : Unknown(idOrName);

    private static async Task<Results<Ok<Run>, ProblemHttpResult>> Cancel(string idOrName, CancelRun cancel, CancellationToken cancellationToken) =>
        await cancel.Cancel(idOrName, cancellationToken) switch
        {
            CancelOutcome.Cancelled { Run: var run } => TypedResults.Ok(run),
            CancelOutcome.TooLate { Run: { Version: { } version } run } => Problem.Conflict(
                $"Run '{run.Name}' cannot be cancelled: it is v{version} of {run.ModelId} already."),
            CancelOutcome.TooLate { Run: var run } => Problem.Conflict($"Run '{run.Name}' cannot be cancelled: it is {run.State}."),
            _ => Unknown(idOrName),
        };

    private static ProblemHttpResult Unknown(string idOrName) => Problem.NotFound($"There is no run with id or name '{idOrName}'.");
}

internal sealed record StartedRun(Guid Id, string Name, string State, string ModelId);
