using Dapper;
using Npgsql;

namespace Platform.Registry.Models;

/// <summary>A model as it stands, with its newest versions.</summary>
/// <param name="Versions">Oldest first.</param>
/// <param name="History">Of these versions, oldest first.</param>
internal sealed record ReadModel(
    Model Model, IReadOnlyList<AliasedVersion> Aliases, IReadOnlyList<ModelVersion> Versions, IReadOnlyList<VersionEvent> History);

/// <summary>Reads all of a model at once: it is asked for so often that each way to the database counts.</summary>
internal sealed class ModelReader(NpgsqlDataSource dataSource)
{
    /// <param name="versions">So many of the newest.</param>
    public async Task<ReadModel?> Read(string modelId, int versions, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT model_id, mode, scope, aggregation, model_type, last_version, last_deployment, created_at, changed_at
            FROM model
            WHERE model_id = @modelId;

            SELECT a.model_id, a.name AS alias, a.version, v.label, a.deployment, d.devices, d.actor, d.reason, d.deployed_at
            FROM alias a
            JOIN model_version v USING (model_id, version)
            JOIN deployment d USING (model_id, deployment)
            WHERE a.model_id = @modelId;

            SELECT {ModelVersion.Columns}
            FROM (SELECT * FROM model_version WHERE model_id = @modelId ORDER BY version DESC LIMIT @versions) v JOIN run ON run.id = v.run_id
            ORDER BY v.version;

            SELECT version, state, at, actor, reason
            FROM version_history
            WHERE model_id = @modelId AND version >= (
                SELECT min(version) FROM (SELECT version FROM model_version WHERE model_id = @modelId ORDER BY version DESC LIMIT @versions) AS shown)
            ORDER BY id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var read = await connection.QueryMultipleAsync(
            new CommandDefinition(sql, new { modelId, versions }, cancellationToken: cancellationToken));

        // All of it in any case: what is left unread would be cancelled by a connection of its own.
        var model = await read.ReadSingleOrDefaultAsync<Model>();
        var aliases = (await read.ReadAsync<AliasedVersion>()).AsList();
        var newest = (await read.ReadAsync<ModelVersion>()).AsList();
        var history = (await read.ReadAsync<VersionEvent>()).AsList();
        return model is null ? null : new(model, aliases, newest, history);
    }
}
