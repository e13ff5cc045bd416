using System.Text.Json;
using Dapper;
using Npgsql;

namespace Platform.Registry.Retention;

internal sealed class ReportStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    // Daily sweeps of some months.
    private const int MostKept = 200;

    /// <summary>Under the lock: whatever says that it is running was of a process that died.</summary>
    public async Task<RetentionReport> Begin(RetentionPlan plan, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH died AS (
                UPDATE retention_report SET state = 'interrupted', ended_at = @now, reason = 'Its process ended before it did.'
                WHERE state = 'running'
            ), old AS (
                DELETE FROM retention_report
                WHERE id IN (SELECT id FROM retention_report ORDER BY started_at DESC, id OFFSET @MostKept)
            )
            INSERT INTO retention_report (id, state, actor, dry_run, plan, started_at)
            VALUES (@id, 'running', @Actor, @DryRun, @plan::jsonb, @now)
            """;

        var (id, now) = (Guid.NewGuid(), time.GetUtcNow().UtcDateTime);
        var values = new { id, now, MostKept, plan.Actor, plan.DryRun, plan = JsonSerializer.Serialize(plan, JsonSerializerOptions.Web) };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return (await Find(id, cancellationToken))!;
    }

    public async Task End(Guid id, string state, string? reason, RetentionResult? result, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE retention_report SET state = @state, reason = @reason, result = @result::jsonb, ended_at = @now
            WHERE id = @id AND state = 'running'
            """;

        var json = result is null ? null : JsonSerializer.Serialize(result, JsonSerializerOptions.Web);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            sql, new { id, state, reason, result = json, now = time.GetUtcNow().UtcDateTime }, cancellationToken: cancellationToken));
    }

    public async Task<RetentionReport?> Find(Guid id, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id, state, reason, actor, dry_run, plan::text, result::text, started_at, ended_at FROM retention_report WHERE id = @id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(sql, new { id }, cancellationToken: cancellationToken));
        return row?.ToReport();
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<RetentionReport>> Last(int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id, state, reason, actor, dry_run, plan::text, result::text, started_at, ended_at
            FROM retention_report
            ORDER BY started_at DESC, id
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, new { limit }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToReport())];
    }

    private sealed record Row(
        Guid Id, string State, string? Reason, string Actor, bool DryRun, string Plan, string? Result, DateTime StartedAt, DateTime? EndedAt)
    {
        public RetentionReport ToReport() => new(
            Id, State, Reason, Actor, DryRun,
            JsonSerializer.Deserialize<RetentionPlan>(Plan, JsonSerializerOptions.Web)!,
            Result is null ? null : JsonSerializer.Deserialize<RetentionResult>(Result, JsonSerializerOptions.Web),
            StartedAt, EndedAt);
    }
}
