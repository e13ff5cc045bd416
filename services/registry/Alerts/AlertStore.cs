using Dapper;
using Npgsql;

namespace Platform.Registry.Alerts;

internal sealed class AlertStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>Newest first.</summary>
    /// <param name="open">True for those that nobody has acknowledged; null for all.</param>
    /// <param name="after">Id of the last one of the page before.</param>
    public async Task<IReadOnlyList<Alert>> List(bool? open, string? kind, long? after, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id, kind, subject, model_id, version, deployment, batch_id, message, raised_at, acknowledged_at, acknowledged_by
            FROM alert
            WHERE (@open::boolean IS NULL OR (acknowledged_at IS NULL) = @open)
              AND (@kind::text IS NULL OR kind = @kind)
              AND (@after::bigint IS NULL OR id < @after)
            ORDER BY id DESC
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Alert>(
            new CommandDefinition(sql, new { open, kind, after, limit }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>The first who acknowledges it stays named; null when there is no such alert.</summary>
    public async Task<Alert?> Acknowledge(long id, string actor, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE alert
            SET acknowledged_at = coalesce(acknowledged_at, @now), acknowledged_by = coalesce(acknowledged_by, @actor)
            WHERE id = @id
            RETURNING id, kind, subject, model_id, version, deployment, batch_id, message, raised_at, acknowledged_at, acknowledged_by
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Alert>(new CommandDefinition(
            sql, new { id, actor, now = time.GetUtcNow().UtcDateTime }, cancellationToken: cancellationToken));
    }
}
