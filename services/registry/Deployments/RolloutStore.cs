using Dapper;
using Npgsql;

namespace Platform.Registry.Deployments;

/// <summary>How far a deployment got.</summary>
internal static class RolloutStates
{
    /// <summary>Not every replica that lives has loaded it yet.</summary>
    public const string RollingOut = "rolling_out";

    public const string Live = "live";

    /// <summary>A replica could not use its package, and there was nothing to go back to.</summary>
    public const string Refused = "refused";

    public const string RolledBack = "rolled_back";

    /// <summary>A later deployment of the model took its place.</summary>
    public const string Replaced = "replaced";

    public static IReadOnlyList<string> All { get; } = [RollingOut, Live, Refused, RolledBack, Replaced];
}

/// <summary>A deployment and how far it got.</summary>
/// <param name="Id">Names it on the whole platform.</param>
/// <param name="Deployment">Its number among those of the model.</param>
/// <param name="Loaded">Replicas that said to have loaded it, whether they live or not.</param>
// Explicit, because Npgsql announces text[] as System.Array and Dapper would not find the constructor.
[method: ExplicitConstructor]
internal sealed record Rollout(
    long Id,
    string ModelId,
    long Deployment,
    int Version,
    string? Label,
    string Kind,
    string State,
    long? Replaces,
    long? RollsBack,
    string[] Devices,
    string Actor,
    string Reason,
    DateTime DeployedAt,
    long Loaded,
    long Rejected);

/// <summary>Which deployments to list; null members do not matter.</summary>
/// <param name="After">Id of the last one of the page before.</param>
internal sealed record RolloutFilter(
    long? Id = null, string? ModelId = null, string? Device = null, int? Version = null, string? Kind = null, string? State = null, long? After = null);

internal sealed class RolloutStore(NpgsqlDataSource dataSource)
{
    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Rollout>> List(RolloutFilter filter, int limit, CancellationToken cancellationToken)
    {
        // Live needs a replica that has it, and none that lives without it.
        const string sql = """
            SELECT id, model_id, deployment, version, label, kind, state, replaces, rolls_back, devices, actor, reason, deployed_at, loaded, rejected
            FROM (
                SELECT d.id, d.model_id, d.deployment, d.version, v.label, d.kind,
                       CASE
                           WHEN EXISTS (SELECT FROM deployment u WHERE u.model_id = d.model_id AND u.rolls_back = d.deployment) THEN 'rolled_back'
                           WHEN champion.deployment IS DISTINCT FROM d.deployment THEN 'replaced'
                           WHEN v.refusal IS NOT NULL THEN 'refused'
                           WHEN said.loaded > 0 AND NOT EXISTS (
                               SELECT FROM replica r
                               WHERE r.seen_at > now() - interval '45 seconds' AND NOT EXISTS (
                                   SELECT FROM replica_deployment s
                                   WHERE s.model_id = d.model_id AND s.deployment = d.deployment AND s.replica = r.replica AND s.state = 'loaded'))
                               THEN 'live'
                           ELSE 'rolling_out'
                       END AS state,
                       d.replaces, d.rolls_back, d.devices, d.actor, d.reason, d.deployed_at, said.loaded, said.rejected
                FROM deployment d
                JOIN model_version v USING (model_id, version)
                LEFT JOIN alias champion ON champion.model_id = d.model_id AND champion.name = 'champion'
                CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE s.state = 'loaded') AS loaded, count(*) FILTER (WHERE s.state = 'rejected') AS rejected
                    FROM replica_deployment s
                    WHERE s.model_id = d.model_id AND s.deployment = d.deployment) AS said
                WHERE (@Id::bigint IS NULL OR d.id = @Id)
                  AND (@After::bigint IS NULL OR d.id < @After)
                  AND (@ModelId::text IS NULL OR d.model_id = @ModelId)
                  AND (@Version::int IS NULL OR d.version = @Version)
                  AND (@Device::text IS NULL OR @Device = ANY (d.devices))
                  AND (@Kind::text IS NULL OR d.kind = @Kind)) AS rollout
            WHERE @State::text IS NULL OR state = @State
            ORDER BY id DESC
            LIMIT @limit
            """;

        var values = new DynamicParameters(filter);
        values.Add("limit", limit);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Rollout>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}
