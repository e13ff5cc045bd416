using Dapper;
using Npgsql;

namespace Platform.Registry.Shadows;

/// <summary>Reads shadows; <see cref="ShadowChanges"/> makes and ends them.</summary>
internal sealed class ShadowStore(NpgsqlDataSource dataSource)
{
    /// <summary>The last shadow of every model that ever had one, also when it has ended: who missed the end learns it from here.</summary>
    public async Task<IReadOnlyList<Shadow>> Current(CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT {Shadow.Columns}
            FROM (SELECT DISTINCT ON (model_id) * FROM shadow ORDER BY model_id, revision DESC) s
            JOIN shadow_history h ON h.shadow_id = s.id AND h.revision = s.revision
            JOIN model m USING (model_id)
            JOIN model_version v ON v.model_id = s.model_id AND v.version = s.version
            ORDER BY s.model_id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Shadow>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>A model's last shadow, live or ended; null when it never had one.</summary>
    public async Task<Shadow?> Last(string modelId, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await Last(connection, null, modelId, cancellationToken);
    }

    public static Task<Shadow?> Last(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string modelId, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT {Shadow.Columns}
            FROM shadow s
            JOIN shadow_history h ON h.shadow_id = s.id AND h.revision = s.revision
            JOIN model m USING (model_id)
            JOIN model_version v ON v.model_id = s.model_id AND v.version = s.version
            WHERE s.model_id = @modelId
            ORDER BY s.revision DESC
            LIMIT 1
            """;

        return connection.QuerySingleOrDefaultAsync<Shadow>(
            new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>What happened to the shadows of a model, newest first.</summary>
    public async Task<IReadOnlyList<ShadowEvent>> History(string modelId, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT h.shadow_id, s.version, h.state, h.at, h.actor, h.reason
            FROM shadow s JOIN shadow_history h ON h.shadow_id = s.id
            WHERE s.model_id = @modelId
            ORDER BY h.revision DESC
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ShadowEvent>(
            new CommandDefinition(sql, new { modelId, limit }, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}
