using Dapper;
using Npgsql;

namespace Platform.Registry.Schedules;

/// <summary>What became of the runs of a batch.</summary>
internal sealed record BatchResult(IReadOnlyDictionary<string, int> Runs, IReadOnlyDictionary<string, int> Versions)
{
    public static BatchResult Nothing { get; } = new(new Dictionary<string, int>(), new Dictionary<string, int>());
}

/// <summary>One run of a batch, and what became of it.</summary>
internal sealed record BatchRun(Guid Id, string Name, string ModelId, string State, string? Reason, int? Version, string? VersionState);

internal sealed class BatchStore(NpgsqlDataSource dataSource)
{
    public async Task<IReadOnlyDictionary<Guid, BatchResult>> Results(IEnumerable<Guid> batches, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT run.batch_id, run.state AS run_state, version.state AS version_state, count(*)::int AS number
            FROM run
            LEFT JOIN model_version AS version ON version.run_id = run.id
            WHERE run.batch_id = ANY (@batches)
            GROUP BY run.batch_id, run.state, version.state
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(Guid Batch, string Run, string? Version, int Number)>(
            new CommandDefinition(sql, new { batches = batches.ToArray() }, cancellationToken: cancellationToken));
        return rows.GroupBy(row => row.Batch).ToDictionary(batch => batch.Key, batch => new BatchResult(
            batch.GroupBy(row => row.Run).ToDictionary(state => state.Key, state => state.Sum(row => row.Number)),
            batch.Where(row => row.Version is not null).GroupBy(row => row.Version!).ToDictionary(state => state.Key, state => state.Sum(row => row.Number))));
    }

    /// <param name="after">Model id of the last run of the page before.</param>
    public async Task<IReadOnlyList<BatchRun>> Runs(Guid batchId, int limit, string? after, CancellationToken cancellationToken)
    {
        // A batch has one run of a model: there is one active one, and all were added at once.
        const string sql = """
            SELECT run.id, run.name, run.model_id, run.state, run.reason, run.version, version.state AS version_state
            FROM run
            LEFT JOIN model_version AS version ON version.run_id = run.id
            WHERE run.batch_id = @batchId AND (@after::text IS NULL OR run.model_id > @after)
            ORDER BY run.model_id
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<BatchRun>(
            new CommandDefinition(sql, new { batchId, limit, after }, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}
