namespace Platform.Registry.Schedules;

/// <summary>
/// What nobody calls for: Quartz follows the schedules, firings that somebody left half-way are finished, and devices that could have had their first
/// training get it. Once at start, and now and then after it. Every replica does it; each step lets only one of them act.
/// </summary>
internal sealed partial class ScheduleUpkeep(
    QuartzTriggers triggers, FireSchedule fire, ColdStart coldStart, TimeProvider time, ILogger<ScheduleUpkeep> logger) : BackgroundService
{
    // A killed replica's firing waits no longer than this, nor does a device after its policy was changed.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            await Do("schedules", triggers.Follow, stoppingToken);
            await Do("unfinished firings", fire.FinishUnfinished, stoppingToken);
            await Do("first trainings", coldStart.ConsiderAll, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task Do(string what, Func<CancellationToken, Task> step, CancellationToken stoppingToken)
    {
        try
        {
            await step(stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // The next tick is the retry; a database that is away must not end the whole service.
            LogPostponed(exception, what, Pause);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking after {What} failed; trying again in {Pause}")]
    private partial void LogPostponed(Exception exception, string what, TimeSpan pause);
}
