using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Deployments;
using Platform.Registry.Devices;
using Platform.Registry.Scopes;

namespace Platform.Registry.Runs;

/// <summary>What came of asking for a run.</summary>
internal abstract record StartOutcome
{
    internal sealed record Queued(Run Run) : StartOutcome;

    /// <summary>Field → what is wrong and what is allowed.</summary>
    internal sealed record Refused(IReadOnlyDictionary<string, string> Errors) : StartOutcome;

    internal sealed record AlreadyActive(Run Run) : StartOutcome;

    internal sealed record NameTaken(string Name) : StartOutcome;
}

/// <summary>Creates a queued run and its <see cref="PrepareTraining"/> in one transaction, at most one active run per model.</summary>
internal sealed class StartRun(
    NpgsqlDataSource dataSource,
    ScopeLookup scopes,
    RunStore runs,
    IOutbox outbox,
    TimeProvider time)
{
    public async Task<StartOutcome> Start(RunRequest request, CancellationToken cancellationToken)
    {
        var resolution = await scopes.Resolve(request.Selection, cancellationToken);
        var errors = request.Check().Concat(resolution.Errors).ToDictionary(StringComparer.Ordinal);
        if (errors.Count > 0)
            return new StartOutcome.Refused(errors);

        var scope = resolution.Scope!;
        while (true)
        {
            try
            {
                if (await TryQueue(request, scope, resolution.Subset, cancellationToken) is { } id)
                    return new StartOutcome.Queued((await runs.Find(id.ToString(), cancellationToken))!);
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
            if (await runs.FindActive(scope.ModelId, cancellationToken) is { } active)
                return new StartOutcome.AlreadyActive(active);
        }
    }

    private async Task<Guid?> TryQueue(RunRequest request, TrainingScope scope, string? subset, CancellationToken cancellationToken)
    {
        // Random, not time-ordered: the first six digits have to tell runs of the same second apart.
        var id = Guid.NewGuid();
        var now = time.GetUtcNow();
        var name = request.Name ?? RunName.For(scope.Mode, scope.Scope, scope.ModelType, now, id);

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (subset is not null)
            await SubsetNames.Claim(connection, transaction, scope, subset, cancellationToken);
        var champion = await DeploymentStore.Champion(connection, transaction, scope.ModelId, cancellationToken);
        var run = new PrepareTraining(id, name, request.BatchId, scope, request.Parameters ?? new(), champion?.ToChampionVersion(), now);
        if (!await RunStore.Add(connection, transaction, run, cancellationToken))
            return null;

        await outbox.Enqueue(connection, transaction, run, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return id;
    }
}
