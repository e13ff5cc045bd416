using MassTransit;
using Platform.Contracts;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Shadows;

/// <summary>
/// Asks the registry which shadows there are each time this replica's queue for them has been bound: at start and after every reconnect.
/// Bound first, asked second; the revision sorts out what came both ways. A replica is ready without: shadows are no champions.
/// </summary>
internal sealed partial class ShadowCatchUp(
    ShadowQueue queue, RegistryClient registry, ShadowLoading shadows, IBus bus, TimeProvider clock, ILogger<ShadowCatchUp> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done with the first complete answer of the registry.</summary>
    internal Task First => _first.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!await queue.Bound.Wait(Interval, stoppingToken))
                continue;

            for (var pause = TimeSpan.FromMilliseconds(250); !await Ask(pause, stoppingToken); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
                await Task.Delay(pause, clock, stoppingToken);
            _first.TrySetResult();
        }
    }

    private async Task<bool> Ask(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var shadow in await registry.CurrentShadows(cancellationToken))
                await shadows.Keep(shadow, bus, cancellationToken);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogWaiting(exception, pause);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not ask the registry which shadows there are; again in {Delay}")]
    private partial void LogWaiting(Exception exception, TimeSpan delay);
}

/// <summary>The queue by which this replica hears of shadows.</summary>
internal sealed class ShadowQueue(TimeProvider clock) : BoundQueue("predictor-shadow-deployed-", clock);
