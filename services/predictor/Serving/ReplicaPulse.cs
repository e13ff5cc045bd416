using MassTransit;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Predictor.Serving;

/// <summary>
/// Says every few seconds that this replica lives, so that the registry can tell a replica that is late with a deployment from
/// one that is gone. A sign of life that nobody hears in time is worth nothing, so it expires and is never repeated.
/// </summary>
internal sealed partial class ReplicaPulse(IBus bus, ServiceIdentity service, TimeProvider clock, ILogger<ReplicaPulse> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = clock.GetUtcNow();
        var heard = true;
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            patience.CancelAfter(Interval);
            try
            {
                await bus.Publish(new ReplicaAlive(service.Instance, started, clock.GetUtcNow()), publish => publish.TimeToLive = Interval, patience.Token);
                heard = true;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The broker is away; the next tick is the retry, and one line per outage is enough.
                if (heard)
                    LogUnheard(exception);
                heard = false;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker does not take this replica's sign of life; trying again")]
    private partial void LogUnheard(Exception exception);
}
