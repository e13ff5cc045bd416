using MassTransit;
using Platform.Contracts;

namespace Platform.Registry.Deployments;

/// <summary>
/// Keeps that a replica serves a deployment, and brings it back when that deployment was never made here. Safe to redeliver: the replica's
/// latest word counts, and numbers only grow.
/// </summary>
internal sealed class KeepLoadedConsumer(ReplicaStore replicas, Reassert reassert) : IConsumer<ModelLoaded>
{
    public async Task Consume(ConsumeContext<ModelLoaded> context)
    {
        await reassert.Above(context.Message, context.CancellationToken);
        await replicas.Keep(context.Message, context.CancellationToken);
    }
}

/// <summary>
/// Keeps that a replica refused a deployment, and undoes the deployment when its package is at fault. Safe to redeliver, also to
/// several registries at once: the replica's latest word counts, and a deployment is undone once.
/// </summary>
internal sealed partial class KeepRejectedConsumer(ReplicaStore replicas, UndoRefused undo, ILogger<KeepRejectedConsumer> logger) : IConsumer<ModelRejected>
{
    public async Task Consume(ConsumeContext<ModelRejected> context)
    {
        var rejected = context.Message;
        LogRejected(rejected.Replica, rejected.ModelId, rejected.Version, rejected.Deployment, rejected.Reason);

        // In this order: a word that is kept has had its consequences.
        await undo.Undo(rejected, context.CancellationToken);
        await replicas.Keep(rejected, context.CancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Replica {Replica} refused {ModelId} v{Version} (deployment {Deployment}): {Reason}")]
    private partial void LogRejected(string replica, string modelId, int version, long deployment, string reason);
}

/// <summary>Keeps which replicas live. Every registry hears it and all write the same; safe to redeliver.</summary>
internal sealed class KeepAliveConsumer(ReplicaStore replicas) : IConsumer<ReplicaAlive>
{
    public Task Consume(ConsumeContext<ReplicaAlive> context) => replicas.Keep(context.Message, context.CancellationToken);
}
