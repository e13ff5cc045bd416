using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;
using Platform.Registry.Paging;
using Platform.Registry.Runs.Events;
using Platform.Registry.Runs.Files;

namespace Platform.Registry.Runs;

internal static class RunEndpoints
{
    public static void MapRuns(this IEndpointRouteBuilder app)
    {
        var runs = app.MapGroup("/runs");
        runs.MapPost("", Start).WithSummary("Start a training run; 409 names the active run when the model has one.");
        runs.MapGet("", List).WithSummary("Runs, page by page.");
        runs.MapGet("/{idOrName}", Get).WithSummary("A run with its metrics per epoch.");
        runs.MapGet("/{idOrName}/epochs", Epochs).WithSummary("The last report of each epoch, behind the one given.");
        runs.MapPost("/{idOrName}/cancel", Cancel).WithSummary("End a run that is not finished; its trainer stops within seconds.");
        runs.MapRunEvents();
        runs.MapRunFiles();
    }

    private static async Task<Results<Accepted<StartedRun>, ProblemHttpResult>> Start(
        RunRequest request, StartRun start, CancellationToken cancellationToken) =>
        await start.Start(request, cancellationToken) switch
        {
            StartOutcome.Queued { Run: var run } =>
                TypedResults.Accepted($"/runs/{run.RunId}", new StartedRun(run.RunId, run.RunName, RunStates.Queued, run.Scope.ModelId)),
            StartOutcome.Refused { Errors: var errors } => Problem.BadRequest(errors),
            StartOutcome.AlreadyActive { Run: var active } => Problem.Conflict(
                $"{active.ModelId} has an active run already: '{active.Name}' is {active.State}.", ("activeRunId", active.Id)),
            StartOutcome.NameTaken { Name: var name } => Problem.Conflict($"A run named '{name}' exists already."),
            var outcome => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
        };

    private static async Task<Results<Ok<Page<RunSummary>>, ProblemHttpResult>> List(
        [AsParameters] RunFilter filter, [AsParameters] PageQuery query, RunList runs, CancellationToken cancellationToken)
    {
        var errors = query.Read(RunList.Columns, out var order).Concat(filter.Check()).ToDictionary(StringComparer.Ordinal);
        return errors.Count > 0
            ? Problem.BadRequest(errors)
            : TypedResults.Ok(await runs.Page(filter, order, query.Size, cancellationToken));
    }

    /// <param name="metrics">False leaves out the epochs, for whoever asks often.</param>
    private static async Task<Results<Ok<RunView>, ProblemHttpResult>> Get(
        string idOrName, RunStore runs, RunProgressStore progress, CancellationToken cancellationToken, bool metrics = true)
    {
        if (await runs.Find(idOrName, cancellationToken) is not { } run)
            return Unknown(idOrName);
        return TypedResults.Ok(new RunView(run, metrics ? await progress.Epochs(run.Id, after: -1, cancellationToken) : null));
    }

    private static async Task<Results<Ok<IReadOnlyList<EpochRow>>, ProblemHttpResult>> Epochs(
        string idOrName, RunStore runs, RunProgressStore progress, CancellationToken cancellationToken, int after = -1) =>
        await runs.Find(idOrName, cancellationToken) is { } run
            ? TypedResults.Ok(await progress.Epochs(run.Id, after, cancellationToken))
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

    internal static ProblemHttpResult Unknown(string idOrName) => Problem.NotFound($"There is no run with id or name '{idOrName}'.");
}

internal sealed record StartedRun(Guid Id, string Name, string State, string ModelId);
