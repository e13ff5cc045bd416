using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Alerts;

/// <summary>
/// Finds batches that ended with nothing but rejected versions, and raises one alert for each. It looks at the rows of ended runs only, so it
/// does not matter how the last run ended, in which replica, or whether two ended at the same moment.
/// </summary>
internal sealed class RejectedBatches(NpgsqlDataSource dataSource, RaiseAlert alerts, TimeProvider time)
{
    // A registry that was away longer than this no longer speaks of what happened before.
    private static readonly TimeSpan LongestAgo = TimeSpan.FromDays(7);

    /// <summary>Returns the batches that were raised by this call.</summary>
    public async Task<IReadOnlyList<Guid>> Raise(CancellationToken cancellationToken)
    {
        var raised = new List<Guid>();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        foreach (var batch in await Find(connection, cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (await alerts.Raise(connection, transaction, Describe(batch), cancellationToken))
                raised.Add(batch.BatchId);
            await transaction.CommitAsync(cancellationToken);
        }

        return raised;
    }

    private async Task<IReadOnlyList<RejectedBatch>> Find(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT run.batch_id, count(*) AS runs, count(v.run_id) AS versions, min(v.model_id || ' v' || v.version || ': ' || v.reason) AS example
            FROM run LEFT JOIN model_version v ON v.run_id = run.id
            WHERE run.batch_id IN (SELECT batch_id FROM run WHERE batch_id IS NOT NULL AND ended_at > @since)
              AND NOT EXISTS (SELECT FROM alert WHERE kind = @kind AND subject = run.batch_id::text)
            GROUP BY run.batch_id
            HAVING bool_and(run.ended_at IS NOT NULL) AND count(v.run_id) > 0 AND count(*) FILTER (WHERE v.accepted) = 0
            """;

        var values = new { since = time.GetUtcNow().UtcDateTime - LongestAgo, kind = AlertKinds.BatchRejected };
        var rows = await connection.QueryAsync<RejectedBatch>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private static NewAlert Describe(RejectedBatch batch) => new(
        AlertKinds.BatchRejected,
        batch.BatchId.ToString(),
        $"Every version of batch {batch.BatchId} was rejected ({batch.Versions} versions, {batch.Runs} runs); what is live stays. E.g. {batch.Example}",
        BatchId: batch.BatchId);

    private sealed record RejectedBatch(Guid BatchId, long Runs, long Versions, string Example);
}
