using Dapper;
using Npgsql;

namespace Platform.Registry.Schedules;

/// <summary>The firings of schedules. Updates are guarded: a firing ends once.</summary>
internal sealed class FiringStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>Notes that a schedule fires, as it stands now. Fired before for the same time: nothing changes.</summary>
    /// <returns>False when there is no such schedule, or it is switched off and nobody fired it by hand.</returns>
    public async Task<bool> Open(Guid batchId, string schedule, string cause, DateTimeOffset scheduledAt, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH fired AS (
                SELECT name, definition, revision FROM schedule WHERE name = @schedule AND (@byHand OR (definition->>'enabled')::boolean)
            ), opened AS (
                INSERT INTO firing (batch_id, schedule, definition, revision, cause, scheduled_at, state, opened_at)
                SELECT @batchId, name, definition, revision, @cause, @scheduledAt, 'running', @now FROM fired
                ON CONFLICT (batch_id) DO NOTHING
            )
            SELECT count(*) > 0 FROM fired
            """;

        var values = new { batchId, schedule, cause, byHand = cause == FiringCauses.ByHand, scheduledAt = scheduledAt.UtcDateTime, now = Now };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<bool>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    /// <summary>Counts an attempt; null when the firing has ended or is unknown.</summary>
    public async Task<Firing?> Attempt(Guid batchId, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE firing
            SET attempts = attempts + 1, attempted_at = @now, host = @host
            WHERE batch_id = @batchId AND state = 'running'
            RETURNING batch_id, schedule, definition, revision, cause, scheduled_at, state, opened_at, attempts, attempted_at, host,
                      ended_at, started_runs, skipped, detail
            """;

        var values = new { batchId, now = Now, host = $"{Environment.MachineName}/{Environment.ProcessId}" };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Firing>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    /// <summary>Ends a firing in the transaction of what it did; false when it has ended already, and then that must not be committed.</summary>
    public async Task<bool> Complete(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        Guid batchId,
        int? startedRuns,
        SkippedRuns[]? skipped,
        string? detail,
        CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE firing
            SET state = 'completed', ended_at = @now, started_runs = @startedRuns, skipped = @skipped::jsonb, detail = @detail
            WHERE batch_id = @batchId AND state = 'running'
            """;

        var values = new { batchId, startedRuns, skipped, detail, now = Now };
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1;
    }

    /// <summary>Notes why an attempt came to nothing.</summary>
    /// <param name="forGood">It will not be tried again.</param>
    public async Task Fail(Guid batchId, string reason, bool forGood, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE firing
            SET detail = @reason, state = CASE WHEN @forGood THEN 'failed' ELSE state END, ended_at = CASE WHEN @forGood THEN @now END
            WHERE batch_id = @batchId AND state = 'running'
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { batchId, reason, forGood, now = Now }, cancellationToken: cancellationToken));
    }

    /// <summary>Firings that were begun and have not ended, whoever began them.</summary>
    public async Task<IReadOnlyList<Guid>> Unfinished(CancellationToken cancellationToken)
    {
        const string sql = "SELECT batch_id FROM firing WHERE state = 'running' ORDER BY opened_at LIMIT 100";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Guid>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    public async Task<Firing?> Find(Guid batchId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT batch_id, schedule, definition, revision, cause, scheduled_at, state, opened_at, attempts, attempted_at, host,
                   ended_at, started_runs, skipped, detail
            FROM firing
            WHERE batch_id = @batchId
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Firing>(new CommandDefinition(sql, new { batchId }, cancellationToken: cancellationToken));
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Firing>> Of(string schedule, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT batch_id, schedule, definition, revision, cause, scheduled_at, state, opened_at, attempts, attempted_at, host,
                   ended_at, started_runs, skipped, detail
            FROM firing
            WHERE schedule = @schedule
            ORDER BY scheduled_at DESC, batch_id
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Firing>(new CommandDefinition(sql, new { schedule, limit }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;
}
