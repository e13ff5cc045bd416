namespace Platform.Registry.Deployments;

/// <summary>
/// Forgets what replicas have loaded that are gone for good: each start of a predictor is a replica with a new name that says so of every model.
/// The first sweep comes long after the start, when every replica that lives has said so.
/// </summary>
internal sealed partial class ReplicaSweep(ReplicaStore replicas, TimeProvider time, ILogger<ReplicaSweep> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await replicas.ForgetLost(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogPostponed(exception, Pause); // the next tick is the retry
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Forgetting lost replicas failed; trying again in {Pause}")]
    private partial void LogPostponed(Exception exception, TimeSpan pause);
}
