using Npgsql;
using Platform.Contracts;
using Platform.Registry.Devices;
using Platform.Registry.Policies;
using Platform.Registry.Scopes;

namespace Platform.Registry.Runs;

/// <summary>What came of asking for a run.</summary>
internal abstract record StartOutcome
{
    internal sealed record Queued(PrepareTraining Run) : StartOutcome;

    /// <summary>Field → what is wrong and what is allowed.</summary>
    internal sealed record Refused(IReadOnlyDictionary<string, string> Errors) : StartOutcome;

    internal sealed record AlreadyActive(Run Run) : StartOutcome;

    internal sealed record NameTaken(string Name) : StartOutcome;
}

/// <summary>
/// Starts a run that somebody asks for: what the request does not say, the policies do. The run and its <see cref="PrepareTraining"/> are one
/// transaction, and there is at most one active run per model.
/// </summary>
internal sealed class StartRun(
    NpgsqlDataSource dataSource,
    ScopeLookup scopes,
    PolicyStore policies,
    RunStore runs,
    QueueRuns queue)
{
    public async Task<StartOutcome> Start(RunRequest request, CancellationToken cancellationToken)
    {
        var (resolution, known) = await scopes.Resolve(request.Selection, cancellationToken);
        var errors = request.Check(out var parameters);
        foreach (var (field, error) in resolution.Errors)
            errors[field] = error;
        if (errors.Count > 0)
            return new StartOutcome.Refused(RunPlan.WithRanges(errors, parameters));

        var scope = resolution.Scope!;
        var byCode = known.ToDictionary(device => device.Device);
        var book = new PolicyBook(await policies.Find(PolicyKeys.For(request.Selection, scope, byCode), cancellationToken));
        var run = RunPlan.For(
            request.Selection, scope, [new(ParameterSource.Request, parameters)], book, byCode, request.Name, batchId: request.BatchId)
            with { Subset = resolution.Subset };
        return run.Check() is { Count: > 0 } refused ? new StartOutcome.Refused(refused) : await Queue(run, cancellationToken);
    }

    private async Task<StartOutcome> Queue(PlannedRun run, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await TryQueue(run, cancellationToken) is { } queued)
                    return new StartOutcome.Queued(queued);
            }
            catch (RunNameTakenException exception)
            {
                return new StartOutcome.NameTaken(exception.Name);
            }
            catch (SubsetNameTakenException exception)
            {
                return new StartOutcome.Refused(new Dictionary<string, string> { ["scope"] = exception.Message });
            }

            // The run that was in the way may have ended between the two statements: then there is room now.
            if (await runs.FindActive(run.Scope.ModelId, cancellationToken) is { } active)
                return new StartOutcome.AlreadyActive(active);
        }
    }

    private async Task<PrepareTraining?> TryQueue(PlannedRun run, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        var queued = await queue.Queue(connection, transaction, [run], cancellationToken);
        if (queued.Count == 0)
            return null;
        await transaction.CommitAsync(cancellationToken);
        return queued[0];
    }
}
