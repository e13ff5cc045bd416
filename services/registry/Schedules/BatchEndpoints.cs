using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Registry.Runs;
using Platform.Registry.Scopes;

namespace Platform.Registry.Schedules;

internal static class BatchEndpoints
{
    private const int MostListed = 1_000;

    public static void MapBatches(this IEndpointRouteBuilder app)
    {
        app.MapPost("/batches", Start).WithSummary("Start several runs as one batch: all or none.");
        app.MapGet("/batches/{id:guid}", Get).WithSummary("A batch: one firing of a schedule, with what came of its runs.");
    }

    /// <param name="after">Model id of the last run of the page before.</param>
    private static async Task<Results<Ok<BatchView>, ProblemHttpResult>> Get(
        Guid id, FiringStore firings, BatchStore batches, CancellationToken cancellationToken, int limit = 100, string? after = null)
    {
        if (limit is < 1 or > MostListed)
            return Problem.BadRequest("limit", $"{limit} is out of range; allowed is 1 to {MostListed}.");
        var results = await batches.Results([id], cancellationToken);
        var firing = await firings.Find(id, cancellationToken);
        if (firing is null && results.Count == 0)
            return Problem.NotFound($"There is no batch {id}.");

        var result = results.GetValueOrDefault(id, BatchResult.Nothing);
        var page = await batches.Runs(id, limit, after, cancellationToken);
        return TypedResults.Ok(new BatchView(
            id, firing is null ? null : FiringView.Of(firing, results), result.Runs, result.Versions, page, page.Count == limit ? page[^1].ModelId : null));
    }

    private static async Task<Results<Accepted<StartedBatch>, ProblemHttpResult>> Start(
        BatchRequest request, StartBatch start, CancellationToken cancellationToken)
    {
        if (request.Runs is not { Count: >= 1 and <= MostListed })
            return Problem.BadRequest("runs", $"it has {request.Runs?.Count ?? 0} runs; allowed are 1 to {MostListed}.");
        try
        {
            var (batch, errors) = await start.Start(request.Runs, cancellationToken);
            return batch is null ? Problem.BadRequest(errors) : TypedResults.Accepted($"/batches/{batch.BatchId}", batch);
        }
        catch (RunNameTakenException exception)
        {
            return Problem.Conflict($"A run named '{exception.Name}' exists already; no run was started.");
        }
        catch (SubsetNameTakenException exception)
        {
            return Problem.BadRequest("runs", $"{exception.Message} No run was started.");
        }
    }
}

/// <summary>Body of <c>POST /batches</c>: all of them start, or none.</summary>
internal sealed record BatchRequest(IReadOnlyList<RunRequest>? Runs = null);

/// <param name="Skipped">Models that have an active run already.</param>
internal sealed record StartedBatch(Guid BatchId, IEnumerable<StartedRun> Runs, IEnumerable<string> Skipped);

/// <param name="Firing">Null for a batch that a person started.</param>
/// <param name="Page">Some of its runs, by model id.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; null when this is the last one.</param>
internal sealed record BatchView(
    Guid BatchId,
    FiringView? Firing,
    IReadOnlyDictionary<string, int> Runs,
    IReadOnlyDictionary<string, int> Versions,
    IReadOnlyList<BatchRun> Page,
    string? Next);
