using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Deployments;
using Platform.Registry.Scopes;

namespace Platform.Registry.Runs;

/// <summary>
/// Creates queued runs with their <see cref="PrepareTraining"/> in the caller's transaction: one, or a whole batch. At most one active run per
/// model: where there is one already, none is added.
/// </summary>
internal sealed class QueueRuns(IOutbox outbox, TimeProvider time)
{
    // A statement of ten thousand rows would hold all of them in memory three times over.
    private const int ChunkSize = 500;

    /// <returns>What was queued, in the order of the model ids.</returns>
    /// <exception cref="RunNameTakenException">The transaction is unusable then.</exception>
    /// <exception cref="SubsetNameTakenException">A scope's name stands for another subset already.</exception>
    public async Task<IReadOnlyList<PrepareTraining>> Queue(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<PlannedRun> runs, CancellationToken cancellationToken)
    {
        var queued = new List<PrepareTraining>(runs.Count);
        // Everybody who adds several runs adds them in this order, so that two of them never wait for each other.
        foreach (var chunk in runs.OrderBy(run => run.Scope.ModelId, StringComparer.Ordinal).Chunk(ChunkSize))
        {
            foreach (var run in chunk.Where(run => run.Subset is not null))
                await SubsetNames.Claim(connection, transaction, run.Scope, run.Subset!, cancellationToken);
            var champions = await DeploymentStore.Champions(
                connection, transaction, chunk.Select(run => run.Scope.ModelId), cancellationToken);
            var rows = chunk.Select(run => (run, Prepare(run, champions.GetValueOrDefault(run.Scope.ModelId)))).ToList();
            var added = await RunStore.Add(connection, transaction, rows, cancellationToken);
            foreach (var (_, prepare) in rows.Where(row => added.Contains(row.Item2.RunId)))
            {
                await outbox.Enqueue(connection, transaction, prepare, cancellationToken);
                queued.Add(prepare);
            }
        }

        return queued;
    }

    private PrepareTraining Prepare(PlannedRun run, ChampionVersion? champion)
    {
        // Random, not time-ordered: the first six digits have to tell runs of the same second apart.
        var id = Guid.NewGuid();
        var now = time.GetUtcNow();
        var name = run.Name ?? RunName.For(run.Scope.Mode, run.Scope.Scope, run.Scope.ModelType, now, id);
        return new(id, name, run.BatchId, run.Scope, run.Resolved.Parameters, champion, now);
    }
}
