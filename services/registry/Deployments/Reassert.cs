using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Models;

namespace Platform.Registry.Deployments;

/// <summary>
/// A replica that serves a deployment which was never made here is ahead of this registry: its database was restored from a backup. Replicas take
/// only higher numbers, so they would pass over every deployment until the numbers have caught up. What is deployed here is
/// deployed once more, above the number that the replica knows.
/// </summary>
internal sealed partial class Reassert(NpgsqlDataSource dataSource, DeployVersion deployVersion, ILogger<Reassert> logger)
{
    private const string Actor = "registry";

    public async Task Above(ModelLoaded loaded, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (!await IsAhead(connection, loaded, cancellationToken))
            return;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await Raise(connection, transaction, loaded, cancellationToken))
            return; // another replica said so first
        if (await DeploymentStore.Champion(connection, transaction, loaded.ModelId, cancellationToken) is { } champion)
        {
            var version = (await VersionStore.Find(connection, transaction, loaded.ModelId, champion.Version, cancellationToken))!;
            var order = new DeploymentOrder(
                loaded.ModelId, champion.Version, version.DevicesWithThreshold, Actor,
                $"Announced again: replica {loaded.Replica} serves v{loaded.Version} as deployment {loaded.Deployment}, which this registry never made; its database is an older one.");
            await deployVersion.Deploy(connection, transaction, order, cancellationToken);
            LogAhead(loaded.Replica, loaded.ModelId, loaded.Version, loaded.Deployment, champion.Version);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static Task<bool> IsAhead(NpgsqlConnection connection, ModelLoaded loaded, CancellationToken cancellationToken)
    {
        const string sql = "SELECT last_deployment < @Deployment FROM model WHERE model_id = @ModelId";

        return connection.QuerySingleOrDefaultAsync<bool>(
            new CommandDefinition(sql, new { loaded.ModelId, loaded.Deployment }, cancellationToken: cancellationToken));
    }

    /// <summary>Locks the model and lets its next number be above the replica's; false when it is already.</summary>
    private static async Task<bool> Raise(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ModelLoaded loaded, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE model SET last_deployment = @Deployment WHERE model_id = @ModelId AND last_deployment < @Deployment";

        var values = new { loaded.ModelId, loaded.Deployment };
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Replica {Replica} serves {ModelId} v{Version} as deployment {Deployment}, which was never made here; v{Champion} is deployed once more")]
    private partial void LogAhead(string replica, string modelId, int version, long deployment, int champion);
}
