using MassTransit;
using Platform.Contracts;

namespace Platform.Predictor.Serving;

/// <summary>What became of an announced deployment in this replica; both null when a newer one is live.</summary>
internal sealed record LoadOutcome(ModelLoaded? Loaded, ModelRejected? Rejected)
{
    internal static LoadOutcome Outdated { get; } = new(null, null);

    internal Task Announce(IPublishEndpoint bus, CancellationToken cancellationToken) => this switch
    {
        { Loaded: { } loaded } => bus.Publish(loaded, cancellationToken),
        { Rejected: { } rejected } => bus.Publish(rejected, cancellationToken),
        _ => Task.CompletedTask,
    };
}
