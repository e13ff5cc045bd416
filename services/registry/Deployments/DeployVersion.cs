using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Models;
using Platform.Registry.Shadows;

namespace Platform.Registry.Deployments;

/// <summary>
/// Makes a version the champion: deployment, states, aliases and <see cref="ModelDeployed"/> all stand, or none, and with them the end of
/// the shadow that it was. The first statement locks the model's row, so deployments of one model are serialised and their numbers grow by one.
/// </summary>
internal sealed class DeployVersion(IOutbox outbox, ShadowChanges shadows, TimeProvider time)
{
    public async Task<Deployment> Deploy(
        NpgsqlConnection connection, NpgsqlTransaction transaction, DeploymentOrder order, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var number = await NextNumber(connection, transaction, order.ModelId, cancellationToken);
        await Record(connection, transaction, order, number, now, cancellationToken);

        if (await Retire(connection, transaction, order.ModelId, cancellationToken) is { } replaced)
        {
            var retired = new VersionEvent(replaced.Version, replaced.State, now, order.Actor, replaced.Refusal ?? $"Replaced by v{order.Version}.");
            await VersionStore.AddEvent(connection, transaction, order.ModelId, retired, cancellationToken);
        }

        await MarkDeployed(connection, transaction, order, cancellationToken);
        var deployed = new VersionEvent(order.Version, VersionStates.Deployed, now, order.Actor, order.Reason);
        await VersionStore.AddEvent(connection, transaction, order.ModelId, deployed, cancellationToken);

        await DeployedAliases.Move(connection, transaction, order, number, cancellationToken);
        await shadows.EndPromoted(connection, transaction, order.ModelId, order.Version, order.Actor, order.Reason, cancellationToken);
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
            INSERT INTO deployment (model_id, deployment, version, kind, replaces, rolls_back, devices, actor, reason, deployed_at)
            VALUES (@ModelId, @number, @Version, @Kind, (SELECT deployment FROM alias WHERE model_id = @ModelId AND name = 'champion'),
                    @RollsBack, @devices, @Actor, @Reason, @now)
            """;

        var values = new
        {
            order.ModelId,
            number,
            order.Version,
            order.Kind,
            order.RollsBack,
            devices = order.Devices.ToArray(),
            order.Actor,
            order.Reason,
            now,
        };
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>The version that is deployed no more; null when none was.</summary>
    private static Task<RetiredVersion?> Retire(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE model_version
            SET state = CASE WHEN refusal IS NULL THEN 'archived' ELSE 'rejected' END
            WHERE model_id = @modelId AND state = 'deployed'
            RETURNING version, state, refusal
            """;

        return connection.QuerySingleOrDefaultAsync<RetiredVersion>(
            new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }

    private static async Task MarkDeployed(
        NpgsqlConnection connection, NpgsqlTransaction transaction, DeploymentOrder order, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE model_version
            SET state = 'deployed', refusal = NULL
            WHERE model_id = @ModelId AND version = @Version AND state IN ('registered', 'archived', 'rejected')
            """;

        var values = new { order.ModelId, order.Version };
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) != 1)
            throw new InvalidOperationException($"{order.ModelId} v{order.Version} is not in a state that can be deployed.");
    }

    private sealed record RetiredVersion(int Version, string State, string? Refusal);
}
