using MassTransit;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Features.Datasets;

/// <summary>Tells the registry that a run is being prepared, every few seconds, so that its watchdog does not take it for dead.</summary>
/// <remarks>Published at once: what a consumer publishes by its context is held until it is done, which is too late here.</remarks>
internal sealed class PreparingProgress(IBus bus, ServiceIdentity service, TimeProvider time)
{
    // The trainer counts from 0 up, so preparing stays below it; by the clock, so that it grows over redeliveries too.
    private const long BelowTrainer = -10_000_000_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public Task Announce(PrepareTraining run, double patchesPerSecond, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return bus.Publish(
            new TrainingProgressed(
                run.RunId, TrainingPhases.Preparing, BelowTrainer + now.ToUnixTimeSeconds(), Slice: 0, Attempt: 0, Epoch: 0, Step: 0,
                run.Parameters.MaxSteps, TrainingLoss: null, ValidationLoss: null, patchesPerSecond, service.Instance, now),
            cancellationToken);
    }

    /// <summary>To be called with each number of patches written; announces when it is time to.</summary>
    public Func<int, Task> Counting(PrepareTraining run, CancellationToken cancellationToken)
    {
        var (started, announced, patches) = (time.GetTimestamp(), time.GetTimestamp(), 0);
        return async written =>
        {
            patches += written;
            if (time.GetElapsedTime(announced) < Interval)
                return;

            announced = time.GetTimestamp();
            await Announce(run, patches / time.GetElapsedTime(started).TotalSeconds, cancellationToken);
        };
    }
}
