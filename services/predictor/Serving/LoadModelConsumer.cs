using MassTransit;
using Platform.Contracts;

namespace Platform.Predictor.Serving;

/// <summary>
/// Brings an announced deployment into this replica. Safe to redeliver and to receive in any order: a lower deployment number
/// changes nothing, and the live one is announced as loaded again.
/// </summary>
internal sealed class LoadModelConsumer(DeploymentLoader loader) : IConsumer<ModelDeployed>
{
    public async Task Consume(ConsumeContext<ModelDeployed> context)
    {
        if (await loader.Load(context.Message, context.CancellationToken) is { } outcome)
            await outcome.Announce(context, context.CancellationToken);
    }
}
