using Dapper;
using Npgsql;

namespace Platform.Registry.FreeAliases;

internal sealed class AliasStore(NpgsqlDataSource dataSource)
{
    /// <summary>All names of a model's versions, champion and previous among them; sorted.</summary>
    public async Task<IReadOnlyList<NamedVersion>> List(string modelId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT a.name, a.version, v.label, a.revision, a.deployment, coalesce(h.at, d.deployed_at) AS moved_at,
                   coalesce(h.actor, d.actor) AS actor, coalesce(h.reason, d.reason) AS reason
            FROM alias a
            JOIN model_version v USING (model_id, version)
            LEFT JOIN alias_history h ON h.id = a.revision
            LEFT JOIN deployment d ON d.model_id = a.model_id AND d.deployment = a.deployment
            WHERE a.model_id = @modelId
            ORDER BY a.name COLLATE "C"
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<NamedVersion>(new CommandDefinition(sql, new { modelId }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<AliasMove>> History(string modelId, string name, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id AS revision, name, version, at, actor, reason FROM alias_history WHERE model_id = @modelId AND name = @name ORDER BY id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<AliasMove>(
            new CommandDefinition(sql, new { modelId, name }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Where a free alias stands; null when there is none of this name.</summary>
    public static Task<StandingAlias?> Find(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, string name, CancellationToken cancellationToken)
    {
        const string sql = "SELECT version, revision FROM alias WHERE model_id = @modelId AND name = @name";

        return connection.QuerySingleOrDefaultAsync<StandingAlias>(
            new CommandDefinition(sql, new { modelId, name }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Returns the new revision.</summary>
    public static Task<long> Move(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, AliasMove move, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH moved AS (
                INSERT INTO alias_history (model_id, name, version, at, actor, reason)
                VALUES (@modelId, @Name, @Version, @At, @Actor, @Reason)
                RETURNING id
            )
            INSERT INTO alias (model_id, name, version, revision)
            SELECT @modelId, @Name, @Version, id FROM moved
            ON CONFLICT (model_id, name) DO UPDATE SET version = excluded.version, revision = excluded.revision
            RETURNING revision
            """;

        var values = new DynamicParameters(move);
        values.Add("modelId", modelId);
        return connection.QuerySingleAsync<long>(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    public static Task Remove(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, AliasMove move, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH moved AS (
                INSERT INTO alias_history (model_id, name, version, at, actor, reason) VALUES (@modelId, @Name, NULL, @At, @Actor, @Reason)
            )
            DELETE FROM alias WHERE model_id = @modelId AND name = @Name
            """;

        var values = new DynamicParameters(move);
        values.Add("modelId", modelId);
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }
}

internal sealed record StandingAlias(int Version, long Revision);
