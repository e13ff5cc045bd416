using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Alerts;
using Platform.Registry.Deployments;

namespace Platform.Registry.Shadows;

/// <summary>Ends a shadow whose package a replica found at fault, with an alert; for every replica, once.</summary>
internal sealed partial class EndRejectedShadow(
    NpgsqlDataSource dataSource, ShadowChanges changes, RaiseAlert alerts, ILogger<EndRejectedShadow> logger)
{
    private const string Actor = "registry";

    public async Task End(ShadowRejected rejected, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The lock lets the second of two replicas see what the first one's word came to.
        if (!await DeployVersion.Lock(connection, transaction, rejected.ModelId, cancellationToken)
            || await ShadowStore.Last(connection, transaction, rejected.ModelId, cancellationToken) is not { State: ShadowStates.Live } live
            || live.Id != rejected.ShadowId)
        {
            return; // a late word about a shadow that is live no more
        }

        var evidence = $"Replica {rejected.Replica} refused its package: {rejected.Reason}";
        await changes.End(connection, transaction, live, new(ShadowStates.Rejected, Actor, evidence), cancellationToken);
        var alert = new NewAlert(
            AlertKinds.ShadowRejected, $"{live.Id}", $"Shadow v{live.Version} of {live.ModelId} is not scored any more. {evidence}", live.ModelId, live.Version);
        await alerts.Raise(connection, transaction, alert, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogRejected(live.ModelId, live.Version, evidence);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The shadow {ModelId} v{Version} was ended. {Evidence}")]
    private partial void LogRejected(string modelId, int version, string evidence);
}

/// <summary>Ends a shadow that a replica refused. Safe to redeliver, also to several registries at once: a shadow ends once.</summary>
internal sealed class EndRejectedShadowConsumer(EndRejectedShadow shadow) : IConsumer<ShadowRejected>
{
    public Task Consume(ConsumeContext<ShadowRejected> context) => shadow.End(context.Message, context.CancellationToken);
}
