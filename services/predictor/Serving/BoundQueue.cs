using MassTransit;

namespace Platform.Predictor.Serving;

/// <summary>Tells when one of this replica's own queues has been bound, first and after each reconnect.</summary>
/// <param name="prefix">Its name without the instance.</param>
internal abstract class BoundQueue(string prefix, TimeProvider clock) : IReceiveEndpointObserver
{
    internal Signal Bound { get; } = new(clock);

    public Task Ready(ReceiveEndpointReady ready)
    {
        if (ready.InputAddress.AbsolutePath.Contains(prefix, StringComparison.Ordinal))
            Bound.Raise();
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;
}

/// <summary>The queue by which this replica hears of deployments.</summary>
internal sealed class DeploymentQueue(TimeProvider clock) : BoundQueue("predictor-model-deployed-", clock);
