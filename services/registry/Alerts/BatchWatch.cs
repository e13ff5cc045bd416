namespace Platform.Registry.Alerts;

/// <summary>Looks every few seconds for batches that came to nothing. Replicas may look at the same time.</summary>
internal sealed partial class BatchWatch(RejectedBatches batches, TimeProvider time, ILogger<BatchWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var batch in await batches.Raise(stoppingToken))
                    LogRejected(batch);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The next tick is the retry; a database that is away must not end the whole service.
                LogPostponed(exception, Pause);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Every version of batch {BatchId} was rejected")]
    private partial void LogRejected(Guid batchId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for rejected batches failed; trying again in {Pause}")]
    private partial void LogPostponed(Exception exception, TimeSpan pause);
}
