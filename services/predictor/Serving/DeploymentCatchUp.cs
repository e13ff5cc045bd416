using MassTransit;
using Platform.Predictor.Devices;
using Polly;
using Polly.Retry;

namespace Platform.Predictor.Serving;

/// <summary>
/// Asks the registry what is deployed each time this replica's queues have been bound: at start and after every reconnect. Bound
/// first, asked second: whatever is deployed in between arrives by one way or both, and the deployment number sorts it out.
/// Asks again, too, while a deployment could not be loaded for a reason that may pass.
/// </summary>
internal sealed partial class DeploymentCatchUp(
    DeploymentQueue queues, RegistryClient registry, DeviceStore devices, ServingTable table, DeploymentLoader loader, WarmUp warmUp, IBus bus,
    TimeProvider clock, ILogger<DeploymentCatchUp> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // After a reconnect it is mostly waiting, for the broker to confirm what was said again and for the store to give what was missed.
    private static readonly int Parallelism = Math.Clamp(2 * Environment.ProcessorCount, 4, 32);

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done with the first complete answer of the registry: from then on it is known what serves whom, and nothing has to be in memory.</summary>
    internal Task First => _first.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The registry may start later than this replica; queues that are bound again while waiting are covered by the answer to come.
        var untilAnswered = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(250),
                MaxDelay = TimeSpan.FromSeconds(10),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<Exception>(_ => !stoppingToken.IsCancellationRequested),
                OnRetry = attempt =>
                {
                    LogWaiting(attempt.Outcome.Exception!, attempt.AttemptNumber + 1, attempt.RetryDelay);
                    return default;
                },
            })
            .Build();

        while (!stoppingToken.IsCancellationRequested)
        {
            if (!await queues.Bound.Wait(Interval, stoppingToken) && !loader.HasUnsettled)
                continue;

            await untilAnswered.ExecuteAsync(async token => await CatchUp(token), stoppingToken);
            _first.TrySetResult();
        }
    }

    private async Task CatchUp(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        // Devices first: which of its models serves one depends on where it stands.
        table.Place(await devices.Places(cancellationToken));
        var deployments = await registry.CurrentDeployments(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(deployments, options, async (deployed, token) =>
        {
            if (await loader.Note(deployed, token) is { } outcome)
                await outcome.Announce(bus, token);
        });
        warmUp.Noted.Raise();

        var seconds = clock.GetElapsedTime(started).TotalSeconds;
        LogCaughtUp(deployments.Count, seconds);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Caught up with the registry: {Count} models are deployed, after {Seconds:F1} s")]
    private partial void LogCaughtUp(int count, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not ask the registry what is deployed (attempt {Attempt}); again in {Delay}")]
    private partial void LogWaiting(Exception exception, int attempt, TimeSpan delay);
}
