using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Deployments;

/// <summary>What one predictor replica made of one deployment.</summary>
internal sealed record ReplicaState(
    long Deployment, int Version, string Replica, string State, string? Reason, double? LoadMilliseconds, DateTime At);

internal sealed class ReplicaStore(NpgsqlDataSource dataSource)
{
    public Task Keep(ModelLoaded loaded, CancellationToken cancellationToken) => Keep(
        loaded.ModelId,
        new(loaded.Deployment, loaded.Version, loaded.Replica, "loaded", null, loaded.LoadMilliseconds, loaded.LoadedAt.UtcDateTime),
        cancellationToken);

    public Task Keep(ModelRejected rejected, CancellationToken cancellationToken) => Keep(
        rejected.ModelId,
        new(rejected.Deployment, rejected.Version, rejected.Replica, "rejected", rejected.Reason, null, rejected.RejectedAt.UtcDateTime),
        cancellationToken);

    /// <summary>A replica may reject a deployment and load it later, or the other way round; its latest word counts.</summary>
    private async Task Keep(string modelId, ReplicaState state, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO replica_deployment (model_id, deployment, replica, version, state, reason, load_milliseconds, at)
            VALUES (@modelId, @Deployment, @Replica, @Version, @State, @Reason, @LoadMilliseconds, @At)
            ON CONFLICT (model_id, deployment, replica) DO UPDATE
            SET version = excluded.version, state = excluded.state, reason = excluded.reason,
                load_milliseconds = excluded.load_milliseconds, at = excluded.at
            WHERE replica_deployment.at < excluded.at
            """;

        var values = new DynamicParameters(state);
        values.Add("modelId", modelId);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<ReplicaState>> Of(string modelId, long deployment, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT deployment, version, replica, state, reason, load_milliseconds, at
            FROM replica_deployment
            WHERE model_id = @modelId AND deployment = @deployment
            ORDER BY replica
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ReplicaState>(
            new CommandDefinition(sql, new { modelId, deployment }, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}
