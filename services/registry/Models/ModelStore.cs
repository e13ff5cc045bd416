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
}
