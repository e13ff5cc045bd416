using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Deployments;

/// <summary>What one predictor replica made of one deployment.</summary>
/// <param name="State"><c>loaded</c>, <c>rejected</c>, or <c>pending</c> for a replica that lives and has not said anything yet.</param>
/// <param name="Permanent">The package itself is at fault.</param>
/// <param name="Alive">It gave a sign of life lately; one that does not may have been stopped or replaced.</param>
internal sealed record ReplicaState(
    long Deployment,
    int Version,
    string Replica,
    string State,
    string? Reason,
    bool Permanent,
    double? LoadMilliseconds,
    DateTime? At,
    bool Alive);

internal sealed class ReplicaStore(NpgsqlDataSource dataSource)
{
    public async Task Keep(ReplicaAlive alive, CancellationToken cancellationToken)
    {
        // The database's clock on both sides of the comparison: a replica whose clock is wrong lives all the same.
        const string sql = """
            INSERT INTO replica (replica, started_at, seen_at)
            VALUES (@Replica, @startedAt, now())
            ON CONFLICT (replica) DO UPDATE SET started_at = excluded.started_at, seen_at = excluded.seen_at
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            sql, new { alive.Replica, startedAt = alive.StartedAt.UtcDateTime }, cancellationToken: cancellationToken));
    }

    /// <summary>Forgets what replicas that are gone for a week have loaded; what they refused stays as evidence.</summary>
    public async Task ForgetLost(CancellationToken cancellationToken)
    {
        // When nobody at all gives a sign of life, it is the signs that are lost.
        const string sql = """
            WITH lost AS (
                DELETE FROM replica
                WHERE seen_at < now() - interval '7 days' AND EXISTS (SELECT FROM replica WHERE seen_at > now() - interval '45 seconds')
                RETURNING replica
            )
            DELETE FROM replica_deployment USING lost WHERE replica_deployment.replica = lost.replica AND state = 'loaded'
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, cancellationToken: cancellationToken));
    }

    public Task Keep(ModelLoaded loaded, CancellationToken cancellationToken) => Keep(
        new Word(loaded.ModelId, loaded.Deployment, loaded.Replica, loaded.Version, "loaded", null, false, loaded.LoadMilliseconds, loaded.LoadedAt.UtcDateTime),
        cancellationToken);

    public Task Keep(ModelRejected rejected, CancellationToken cancellationToken) => Keep(
        new Word(
            rejected.ModelId, rejected.Deployment, rejected.Replica, rejected.Version, "rejected", rejected.Reason, rejected.Permanent, null,
            rejected.RejectedAt.UtcDateTime),
        cancellationToken);

    /// <summary>A replica may reject a deployment and load it later, or the other way round; its latest word counts.</summary>
    private async Task Keep(Word word, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO replica_deployment (model_id, deployment, replica, version, state, reason, permanent, load_milliseconds, at)
            VALUES (@ModelId, @Deployment, @Replica, @Version, @State, @Reason, @Permanent, @LoadMilliseconds, @At)
            ON CONFLICT (model_id, deployment, replica) DO UPDATE
            SET version = excluded.version, state = excluded.state, reason = excluded.reason, permanent = excluded.permanent,
                load_milliseconds = excluded.load_milliseconds, at = excluded.at
            WHERE replica_deployment.at < excluded.at
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, word, cancellationToken: cancellationToken));
    }

    /// <summary>What replicas said of a deployment, and as long as it is the live one, which of those that live are silent.</summary>
    public async Task<IReadOnlyList<ReplicaState>> Of(string modelId, long deployment, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH alive AS (
                SELECT replica FROM replica WHERE seen_at > now() - interval '45 seconds'
            ), said AS (
                SELECT deployment, version, replica, state, reason, permanent, load_milliseconds, at
                FROM replica_deployment
                WHERE model_id = @modelId AND deployment = @deployment
            )
            SELECT deployment, version, replica, state, reason, permanent, load_milliseconds, at,
                   EXISTS (SELECT FROM alive WHERE alive.replica = said.replica) AS alive
            FROM said
            UNION ALL
            SELECT champion.deployment, champion.version, alive.replica, 'pending', NULL, false, NULL, NULL, true
            FROM alive JOIN alias champion ON champion.model_id = @modelId AND champion.name = 'champion' AND champion.deployment = @deployment
            WHERE NOT EXISTS (SELECT FROM said WHERE said.replica = alive.replica)
            ORDER BY replica
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ReplicaState>(
            new CommandDefinition(sql, new { modelId, deployment }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private sealed record Word(
        string ModelId,
        long Deployment,
        string Replica,
        int Version,
        string State,
        string? Reason,
        bool Permanent,
        double? LoadMilliseconds,
        DateTime At);
}
