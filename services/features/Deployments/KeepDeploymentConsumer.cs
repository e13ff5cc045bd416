using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Features.Absorbing;
using Platform.Features.Devices;

namespace Platform.Features.Deployments;

/// <summary>
/// Keeps what is deployed: the recordings that it has seen count as trained, and its spec stays extracted for its devices.
/// Safe to redeliver: a lower or equal deployment of the same model changes nothing.
/// </summary>
internal sealed class KeepDeploymentConsumer(NpgsqlDataSource dataSource, Absorption absorption) : IConsumer<ModelDeployed>
{
    public async Task Consume(ConsumeContext<ModelDeployed> context)
    {
        // Devices that the model covered before are affected as well as those that it covers now.
        const string sql = """
            WITH before AS (SELECT devices FROM deployment WHERE model_id = @ModelId)
            INSERT INTO deployment (model_id, version, deployment, devices, spec_hash)
            VALUES (@ModelId, @Version, @Deployment, @devices, @SpecHash)
            ON CONFLICT (model_id) DO UPDATE
            SET version = excluded.version, deployment = excluded.deployment, devices = excluded.devices, spec_hash = excluded.spec_hash
            WHERE deployment.deployment < excluded.deployment
            RETURNING coalesce((SELECT devices FROM before), '{}')
            """;

        var deployed = context.Message;
        string[] devices = [.. deployed.Devices];
        var values = new { deployed.ModelId, deployed.Version, deployed.Deployment, devices, deployed.SpecHash };
        await using var connection = await dataSource.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        var before = await connection.ExecuteScalarAsync<string[]?>(
            new CommandDefinition(sql, values, transaction, cancellationToken: context.CancellationToken));
        if (before is not null)
        {
            string[] affected = [.. before.Union(devices)];
            await KeepDatasets(transaction, deployed, context.CancellationToken);
            await DeviceStore.MarkChanged(transaction, affected, context.CancellationToken);
            await absorption.Refresh(transaction, affected, context.CancellationToken);
        }

        await transaction.CommitAsync(context.CancellationToken);
    }

    /// <summary>What the version has seen: its own dataset, and those of the versions that its run started from.</summary>
    private static async Task KeepDatasets(NpgsqlTransaction transaction, ModelDeployed deployed, CancellationToken cancellationToken)
    {
        const string forgetSql = "DELETE FROM deployment_dataset WHERE model_id = @ModelId";
        const string keepSql = """
            INSERT INTO deployment_dataset (model_id, dataset_id)
            SELECT @ModelId, @DatasetId WHERE @DatasetId IS NOT NULL
            UNION
            SELECT @ModelId, unnest(base_datasets) FROM run_dataset WHERE run_id = @RunId
            """;

        var values = new { deployed.ModelId, deployed.DatasetId, deployed.RunId };
        var connection = transaction.Connection!;
        await connection.ExecuteAsync(new CommandDefinition(forgetSql, values, transaction, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(keepSql, values, transaction, cancellationToken: cancellationToken));
    }
}
