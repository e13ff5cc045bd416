using MassTransit;
using Platform.Contracts;

namespace Platform.Predictor.Serving;

/// <summary>What this replica says to an announced deployment: what it serves now, or why it refused. One of the two is null.</summary>
internal sealed record LoadOutcome(ModelLoaded? Loaded, ModelRejected? Rejected)
{
    /// <summary>For a model whose package has been verified here.</summary>
    internal static ModelLoaded LoadedMessage(ServedModel served, string replica) => new(
        served.Deployed.ModelId, served.Deployed.Version, served.Deployed.Deployment, replica,
        served.FirstLoad!.Milliseconds, served.FirstLoad.At);

    internal Task Announce(IPublishEndpoint bus, CancellationToken cancellationToken) =>
        Loaded is { } loaded ? bus.Publish(loaded, cancellationToken) : bus.Publish(Rejected!, cancellationToken);
}
