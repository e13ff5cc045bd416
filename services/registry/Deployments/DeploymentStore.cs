using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Deployments;

/// <summary>Reads what is deployed; <see cref="DeployVersion"/> makes deployments, <see cref="RolloutStore"/> tells how far they got.</summary>
internal sealed class DeploymentStore(NpgsqlDataSource dataSource)
{
    /// <summary>What is deployed of every model.</summary>
    public async Task<IReadOnlyList<Deployment>> Current(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT d.id, d.model_id, d.version, d.deployment AS number, d.kind, d.replaces, d.rolls_back, m.mode, d.devices,
                   v.package_prefix, v.package_manifest_sha256, v.spec_hash, v.run_id, v.dataset_id, d.actor, d.reason, d.deployed_at
            FROM alias a
            JOIN deployment d USING (model_id, deployment)
            JOIN model m USING (model_id)
            JOIN model_version v ON v.model_id = d.model_id AND v.version = d.version
            WHERE a.name = 'champion'
            ORDER BY d.model_id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Deployment>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Another text whenever something was deployed: the numbers of deployments only grow, and a restored database has other times.</summary>
    public async Task<string> Revision(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT (SELECT coalesce(sum(last_deployment), 0) FROM model)
                || '-' || coalesce((SELECT extract(epoch FROM max(deployed_at)) FROM deployment), 0)
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.ExecuteScalarAsync<string>(new CommandDefinition(sql, cancellationToken: cancellationToken)))!;
    }

    /// <summary>What is deployed of one model; null for nothing.</summary>
    public static Task<Deployment?> Champion(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string modelId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT d.id, d.model_id, d.version, d.deployment AS number, d.kind, d.replaces, d.rolls_back, m.mode, d.devices,
                   v.package_prefix, v.package_manifest_sha256, v.spec_hash, v.run_id, v.dataset_id, d.actor, d.reason, d.deployed_at
            FROM alias a
            JOIN deployment d USING (model_id, deployment)
            JOIN model m USING (model_id)
            JOIN model_version v ON v.model_id = d.model_id AND v.version = d.version
            WHERE a.model_id = @modelId AND a.name = 'champion'
            """;

        return connection.QuerySingleOrDefaultAsync<Deployment>(
            new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>What is deployed of each of the models of which anything is, as far as a run has to know it.</summary>
    public static async Task<IReadOnlyDictionary<string, ChampionVersion>> Champions(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, IEnumerable<string> modelIds, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT model_id, version, package_prefix, package_manifest_sha256, spec_hash
            FROM alias
            JOIN model_version USING (model_id, version)
            WHERE model_id = ANY (@modelIds) AND alias.name = 'champion'
            """;

        var rows = await connection.QueryAsync<(string ModelId, int Version, string Prefix, string Sha256, string SpecHash)>(
            new CommandDefinition(sql, new { modelIds = modelIds.ToArray() }, transaction, cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.ModelId, row => new ChampionVersion(row.Version, row.Prefix, row.Sha256, row.SpecHash));
    }
}
