using Npgsql;
using Platform.Contracts;
using Platform.Registry.Alerts;

namespace Platform.Registry.Deployments;

/// <summary>
/// Goes back by itself when a replica says that the package of the live deployment is at fault: for every replica, once, with an alert. An
/// automatic rollback that is refused in turn is left to people: a replica that refuses everything must not walk a plant back to its oldest models.
/// </summary>
internal sealed partial class UndoRefused(
    NpgsqlDataSource dataSource, UndoDeployment undo, RaiseAlert alerts, ILogger<UndoRefused> logger)
{
    private const string Actor = "registry";

    public async Task Undo(ModelRejected rejected, CancellationToken cancellationToken)
    {
        if (!rejected.Permanent)
            return;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The lock lets the second of two replicas see what the first one's word came to.
        if (!await DeployVersion.Lock(connection, transaction, rejected.ModelId, cancellationToken)
            || await DeploymentStore.Champion(connection, transaction, rejected.ModelId, cancellationToken) is not { } refused
            || refused.Number != rejected.Deployment)
        {
            return; // a late word about a deployment that is live no more
        }

        var evidence = $"Replica {rejected.Replica} refused deployment {refused.Number}: {rejected.Reason}";
        if (!await UndoDeployment.NoteRefusal(connection, transaction, refused, evidence, cancellationToken))
            return; // known, and there was nothing to go back to

        var undone = await GoBack(connection, transaction, refused, cancellationToken);
        var outcome = undone is null ? "There is nothing to go back to, so it stays." : $"Rolled back to v{undone.Version} (deployment {undone.Number}).";
        var alert = new NewAlert(
            AlertKinds.DeploymentRefused, refused.Id.ToString(), $"{refused.ModelId} v{refused.Version}: {evidence.TrimEnd('.')}. {outcome}",
            refused.ModelId, refused.Version, refused.Number);
        await alerts.Raise(connection, transaction, alert, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogRefused(refused.ModelId, refused.Version, refused.Number, outcome);
    }

    private async Task<Deployment?> GoBack(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Deployment refused, CancellationToken cancellationToken)
    {
        if (refused.Kind == DeploymentKinds.AutomaticRollback
            || await DeployedAliases.WayBack(connection, transaction, refused.ModelId, cancellationToken) is not { } number)
        {
            return null;
        }

        var reason = $"Rolled back: a replica refused v{refused.Version} (deployment {refused.Number}).";
        return await undo.GoBack(connection, transaction, refused, number, Actor, reason, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{ModelId} v{Version} (deployment {Deployment}) was refused by a replica. {Outcome}")]
    private partial void LogRefused(string modelId, int version, long deployment, string outcome);
}
