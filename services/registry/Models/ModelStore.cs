using Dapper;
using Npgsql;

namespace Platform.Registry.Models;

/// <summary>A registered name and how far its numbers have grown.</summary>
internal sealed record Model(
    string ModelId,
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    int LastVersion,
    long LastDeployment,
    DateTime CreatedAt,
    DateTime ChangedAt);

/// <summary>What an alias points at: a version and the deployment that gave it the name.</summary>
// Explicit, because Npgsql announces text[] as System.Array and Dapper would not find the constructor.
[method: ExplicitConstructor]
internal sealed record AliasedVersion(
    string ModelId,
    string Alias,
    int Version,
    string Label,
    long Deployment,
    string[] Devices,
    string Actor,
    string Reason,
    DateTime DeployedAt);

internal sealed class ModelStore(NpgsqlDataSource dataSource)
{
    public async Task<Model?> Find(string modelId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT model_id, mode, scope, aggregation, model_type, last_version, last_deployment, created_at, changed_at
            FROM model
            WHERE model_id = @modelId
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Model>(
            new CommandDefinition(sql, new { modelId }, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<AliasedVersion>> Aliases(string modelId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT a.model_id, a.name AS alias, a.version, v.label, a.deployment, d.devices, d.actor, d.reason, d.deployed_at
            FROM alias a
            JOIN model_version v USING (model_id, version)
            JOIN deployment d USING (model_id, deployment)
            WHERE a.model_id = @modelId
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<AliasedVersion>(
            new CommandDefinition(sql, new { modelId }, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}
