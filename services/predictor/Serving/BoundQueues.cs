using MassTransit;

namespace Platform.Predictor.Serving;

/// <summary>Tells when this replica's queue for deployments has been bound, first and after each reconnect.</summary>
internal sealed class BoundQueues(TimeProvider clock) : IReceiveEndpointObserver
{
    internal Signal Bound { get; } = new(clock);

    public Task Ready(ReceiveEndpointReady ready)
    {
        if (ready.InputAddress.AbsolutePath.Contains("predictor-model-deployed-", StringComparison.Ordinal))
            Bound.Raise();
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;
}
