using Npgsql;
using Platform.Contracts;
using Platform.Registry.Devices;
using Platform.Registry.Policies;
using Platform.Registry.Runs;
using Platform.Registry.Scopes;

namespace Platform.Registry.Schedules;

/// <summary>Starts several runs that a person asks for as one batch, in one transaction.</summary>
internal sealed class StartBatch(NpgsqlDataSource dataSource, DeviceStore devices, PolicyStore policies, QueueRuns queue)
{
    /// <returns>No batch when there are errors: <c>runs[i].field</c> → what is wrong and what is allowed.</returns>
    public async Task<(StartedBatch? Batch, IReadOnlyDictionary<string, string> Errors)> Start(
        IReadOnlyList<RunRequest> requests, CancellationToken cancellationToken)
    {
        var known = await devices.Known(cancellationToken);
        var byCode = known.ToDictionary(device => device.Device);
        var book = new PolicyBook(await policies.All(cancellationToken));
        var batchId = Guid.NewGuid();
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        var planned = new List<PlannedRun>(requests.Count);
        for (var index = 0; index < requests.Count; index++)
        {
            var (run, wrong) = Plan(requests[index], known, byCode, book, batchId);
            foreach (var (field, error) in wrong)
                errors[$"runs[{index}].{field}"] = error;
            if (run is not null)
                planned.Add(run);
        }

        foreach (var twice in planned.GroupBy(run => run.Scope.ModelId).Where(same => same.Count() > 1))
            errors["runs"] = $"{twice.Key} is asked for {twice.Count()} times; a model has one active run.";
        if (errors.Count > 0)
            return (null, errors);

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var queued = await queue.Queue(connection, transaction, planned, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (
            new(
                batchId,
                queued.Select(run => new StartedRun(run.RunId, run.RunName, RunStates.Queued, run.Scope.ModelId)),
                planned.Select(run => run.Scope.ModelId).Except(queued.Select(run => run.Scope.ModelId))),
            errors);
    }

    private static (PlannedRun? Run, Dictionary<string, string> Errors) Plan(
        RunRequest request, IReadOnlyList<KnownDevice> known, Dictionary<string, KnownDevice> byCode, PolicyBook book, Guid batchId)
    {
        var errors = request.Check(out var parameters);
        var resolution = ScopeResolver.Resolve(request.Selection, known);
        foreach (var (field, error) in resolution.Errors)
            errors[field] = error;
        if (request.BatchId is not null)
            errors["batchId"] = "it is not allowed here; the batch gets its id when it starts.";
        if (errors.Count > 0)
            return (null, RunPlan.WithRanges(errors, parameters));

        var run = RunPlan.For(
            request.Selection, resolution.Scope!, [new(ParameterSource.Request, parameters)], book, byCode, request.Name, batchId: batchId)
            with { Subset = resolution.Subset };
        var refused = run.Check();
        return (refused.Count == 0 ? run : null, refused);
    }
}
