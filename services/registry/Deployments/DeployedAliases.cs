using Dapper;
using Npgsql;

namespace Platform.Registry.Deployments;

/// <summary><c>champion</c> and <c>previous</c>: the aliases that move with deployments, inside their transaction.</summary>
internal static class DeployedAliases
{
    /// <summary>Where a model can go back to: what was served last of all that is still whole. Null when there is nothing.</summary>
    public static Task<int?> WayBack(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, CancellationToken cancellationToken)
    {
        // Archived: served once, neither refused by a replica nor deleted since.
        const string sql = """
            SELECT version
            FROM deployment JOIN model_version USING (model_id, version)
            WHERE model_id = @modelId AND state = 'archived'
            ORDER BY deployment DESC
            LIMIT 1
            """;

        return connection.QuerySingleOrDefaultAsync<int?>(
            new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>To be called when the states of the versions are those after the deployment.</summary>
    public static async Task Move(
        NpgsqlConnection connection, NpgsqlTransaction transaction, DeploymentOrder order, long number, CancellationToken cancellationToken)
    {
        await Point(connection, transaction, order, number, cancellationToken);
        await PointBack(connection, transaction, order.ModelId, cancellationToken);
    }

    private static Task<int> Point(
        NpgsqlConnection connection, NpgsqlTransaction transaction, DeploymentOrder order, long number, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO alias (model_id, name, version, deployment)
            VALUES (@ModelId, 'champion', @Version, @number)
            ON CONFLICT (model_id, name) DO UPDATE SET version = excluded.version, deployment = excluded.deployment
            """;

        var values = new { order.ModelId, order.Version, number };
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    private static Task<int> PointBack(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, CancellationToken cancellationToken)
    {
        // The newest deployment of what WayBack names; when nothing is left the alias goes.
        const string sql = """
            WITH target AS (
                SELECT version, deployment
                FROM deployment JOIN model_version USING (model_id, version)
                WHERE model_id = @modelId AND state = 'archived'
                ORDER BY deployment DESC
                LIMIT 1
            ), gone AS (
                DELETE FROM alias WHERE model_id = @modelId AND name = 'previous' AND NOT EXISTS (SELECT FROM target)
            )
            INSERT INTO alias (model_id, name, version, deployment)
            SELECT @modelId, 'previous', version, deployment FROM target
            ON CONFLICT (model_id, name) DO UPDATE SET version = excluded.version, deployment = excluded.deployment
            """;

        return connection.ExecuteAsync(new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }
}
