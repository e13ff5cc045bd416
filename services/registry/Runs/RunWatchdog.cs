namespace Platform.Registry.Runs;

/// <summary>Ends the runs that nobody reports about any more, so that their models can be trained again.</summary>
internal sealed partial class RunWatchdog(RunEndings endings, RunOptions options, TimeProvider time, ILogger<RunWatchdog> logger)
    : BackgroundService
{
    // A tenth of the time-out keeps the end close to it; 30 s spare the database when the time-out is long.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = options.RunTimeout / 10 < LongestPause ? options.RunTimeout / 10 : LongestPause;
        using var timer = new PeriodicTimer(pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await EndSilentRuns(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The next tick is the retry; a database that is away must not end the whole service.
                LogPostponed(exception, pause);
            }
        }
    }

    internal async Task EndSilentRuns(CancellationToken cancellationToken)
    {
        foreach (var run in await endings.FailSilent(options, cancellationToken))
        {
            LogEnded(run.Name, run.Id);
            // Its worker may only be cut off. If this fails, the first late report of the run writes the marker instead.
            await endings.MarkCancelled(run.Name, "Ended by the watchdog.", cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunName} ({RunId}) ended as failed: nobody reported about it any more")]
    private partial void LogEnded(string runName, Guid runId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for silent runs failed; trying again in {Pause}")]
    private partial void LogPostponed(Exception exception, TimeSpan pause);
}
