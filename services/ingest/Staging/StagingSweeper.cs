using Platform.Hosting;

namespace Platform.Ingest;

/// <summary>Deletes what uploads left behind that were cut off between staging and archive. Any number of instances may sweep.</summary>
internal sealed partial class StagingSweeper(
    IObjectStore store, IngestOptions options, TimeProvider time, ILogger<StagingSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = options.StagingMaxAge < LongestInterval ? options.StagingMaxAge : LongestInterval;
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                await SweepOnce(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the host stops
        }
    }

    private async Task SweepOnce(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var staged in store.List(Archive.StagingPrefix, cancellationToken))
            {
                if (time.GetUtcNow() - staged.ModifiedAt <= options.StagingMaxAge)
                    continue;

                await store.Delete(staged.Key, cancellationToken);
                LogSwept(staged.Key, staged.Size);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Readiness reports a store that is away; sweeping can wait for the next round.
            LogPostponed(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted abandoned upload {Key} of {Size} bytes")]
    private partial void LogSwept(string key, long size);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweeping abandoned uploads is postponed")]
    private partial void LogPostponed(Exception exception);
}
