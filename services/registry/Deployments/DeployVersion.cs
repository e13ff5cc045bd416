using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Models;

namespace Platform.Registry.Deployments;

/// <summary>
/// Makes a version the champion: deployment, states, aliases and <see cref="ModelDeployed"/> all stand, or none. The first
/// statement locks the model's row, so deployments of one model are serialised and their numbers grow by one.
/// </summary>
internal sealed class DeployVersion(IOutbox outbox, TimeProvider time)
{
    public async Task<Deployment> Deploy(
        NpgsqlConnection connection, NpgsqlTransaction transaction, DeploymentOrder order, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var number = await NextNumber(connection, transaction, order.ModelId, cancellationToken);
        await Record(connection, transaction, order, number, now, cancellationToken);

        if (await ArchiveDeployed(connection, transaction, order.ModelId, cancellationToken) is { } replaced)
        {
            var archived = new VersionEvent(replaced, VersionStates.Archived, now, order.Actor, $"Replaced by v{order.Version}.");
            await VersionStore.AddEvent(connection, transaction, order.ModelId, archived, cancellationToken);
        }

        await MarkDeployed(connection, transaction, order, cancellationToken);
        var deployed = new VersionEvent(order.Version, VersionStates.Deployed, now, order.Actor, order.Reason);
        await VersionStore.AddEvent(connection, transaction, order.ModelId, deployed, cancellationToken);

        await MoveAliases(connection, transaction, order, number, cancellationToken);
        var deployment = (await DeploymentStore.Champion(connection, transaction, order.ModelId, cancellationToken))!;
        await outbox.Enqueue(connection, transaction, deployment.ToMessage(), cancellationToken);
        return deployment;
    }

    /// <summary>Locks the model until the transaction ends; false when there is no such model.</summary>
    public static async Task<bool> Lock(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT true FROM model WHERE model_id = @modelId FOR UPDATE";

        return await connection.QuerySingleOrDefaultAsync<bool>(
            new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }

    private static Task<long> NextNumber(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE model SET last_deployment = last_deployment + 1 WHERE model_id = @modelId RETURNING last_deployment";

        return connection.QuerySingleAsync<long>(
            new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }

    private static Task<int> Record(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        DeploymentOrder order,
        long number,
        DateTime now,
        CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO deployment (model_id, deployment, version, devices, actor, reason, deployed_at)
            VALUES (@ModelId, @number, @Version, @devices, @Actor, @Reason, @now)
            """;

        var values = new { order.ModelId, number, order.Version, devices = order.Devices.ToArray(), order.Actor, order.Reason, now };
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    private static Task<int?> ArchiveDeployed(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE model_version SET state = 'archived' WHERE model_id = @modelId AND state = 'deployed' RETURNING version
            """;

        return connection.QuerySingleOrDefaultAsync<int?>(
            new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }

    private static async Task MarkDeployed(
        NpgsqlConnection connection, NpgsqlTransaction transaction, DeploymentOrder order, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE model_version
            SET state = 'deployed'
            WHERE model_id = @ModelId AND version = @Version AND state IN ('registered', 'archived', 'rejected')
            """;

        var values = new { order.ModelId, order.Version };
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) != 1)
            throw new InvalidOperationException($"{order.ModelId} v{order.Version} is not in a state that can be deployed.");
    }

    private static Task<int> MoveAliases(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        DeploymentOrder order,
        long number,
        CancellationToken cancellationToken)
    {
        // Both parts see the aliases as they were before the statement: previous becomes what champion was.
        const string sql = """
            WITH previous AS (
                INSERT INTO alias (model_id, name, version, deployment)
                SELECT model_id, 'previous', version, deployment FROM alias WHERE model_id = @ModelId AND name = 'champion'
                ON CONFLICT (model_id, name) DO UPDATE SET version = excluded.version, deployment = excluded.deployment
            )
            INSERT INTO alias (model_id, name, version, deployment)
            VALUES (@ModelId, 'champion', @Version, @number)
            ON CONFLICT (model_id, name) DO UPDATE SET version = excluded.version, deployment = excluded.deployment
            """;

        var values = new { order.ModelId, order.Version, number };
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }
}

/// <summary>Which version is to be served for which devices, who wants it and why.</summary>
internal sealed record DeploymentOrder(string ModelId, int Version, IReadOnlyList<string> Devices, string Actor, string Reason);
