using System.Globalization;
using Dapper;
using Npgsql;
using Quartz;

namespace Platform.Registry.Schedules;

/// <summary>
/// Makes Quartz's jobs and triggers what the rows of the schedules say. Doing it again changes nothing, and whatever came between an edit and Quartz
/// is mended the next time.
/// </summary>
internal sealed partial class QuartzTriggers(
    NpgsqlDataSource dataSource,
    ISchedulerFactory schedulers,
    ScheduleStore schedules,
    FireSchedule fire,
    TimeProvider time,
    ILogger<QuartzTriggers> logger)
{
    private const string Group = "schedules";
    private const string Revision = "revision";

    public async Task Follow(CancellationToken cancellationToken)
    {
        const string lockSql = "SELECT pg_advisory_xact_lock(hashtextextended('scheduler follows the schedules', 0))";

        // One at a time, so that a replica that has read the rows before an edit cannot write what it read after it.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(lockSql, transaction: transaction, cancellationToken: cancellationToken));

        var scheduler = await schedulers.GetScheduler(cancellationToken);
        var wanted = (await schedules.All(cancellationToken))
            .Where(schedule => schedule.Definition.Enabled && fire.CanDo(schedule.Definition.Kind))
            .ToDictionary(schedule => schedule.Name);
        foreach (var schedule in wanted.Values)
            await Follow(scheduler, schedule, cancellationToken);
        foreach (var job in await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(Group), cancellationToken))
        {
            if (!wanted.ContainsKey(job.Name))
                await scheduler.DeleteJob(job, cancellationToken);
        }
    }

    /// <summary>Null when it will not fire: switched off, or never again.</summary>
    public async Task<DateTimeOffset?> NextFiring(string schedule, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        return (await scheduler.GetTrigger(new TriggerKey(schedule, Group), cancellationToken))?.NextFireTimeUtc;
    }

    private async Task Follow(IScheduler scheduler, Schedule schedule, CancellationToken cancellationToken)
    {
        if (CronText.Zone(schedule.Definition.TimeZone) is not { } zone || CronText.Parse(schedule.Definition.Cron, zone) is not { } cron)
        {
            // It was right where it was edited; a replica that lacks the zone leaves what stands to the others.
            LogUnreadable(schedule.Name, schedule.Definition.Cron, schedule.Definition.TimeZone);
            return;
        }

        var key = new TriggerKey(schedule.Name, Group);
        var revision = schedule.Revision.ToString(CultureInfo.InvariantCulture);
        if (await scheduler.GetTrigger(key, cancellationToken) is { } standing
            && standing.JobDataMap.GetString(Revision) == revision
            && !await IsStuck(scheduler, standing, cron, cancellationToken))
        {
            return; // also when it is overdue: Quartz fires it then, once
        }

        var job = JobBuilder.Create<FireScheduleJob>().WithIdentity(new JobKey(schedule.Name, Group)).RequestRecovery().StoreDurably().Build();
        var trigger = TriggerBuilder.Create()
            .WithIdentity(key)
            .ForJob(job)
            .UsingJobData(Revision, revision)
            .WithCronSchedule(cron, builder => builder
                .InTimeZone(zone)
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed))
            .Build();
        if (cron.GetNextValidTimeAfter(time.GetUtcNow()) is null)
        {
            await scheduler.DeleteJob(job.Key, cancellationToken);
            LogNever(schedule.Name, schedule.Definition.Cron);
            return;
        }

        await scheduler.ScheduleJob(job, [trigger], new ScheduleJobOptions { Replace = true }, cancellationToken);
        LogFollowed(schedule.Name, schedule.Definition.Cron, schedule.Definition.TimeZone);
    }

    /// <summary>
    /// A clock that was ahead for a moment has moved the next time into a future that is far away now: without this the schedule would sleep until then.
    /// A time that has had its firing already is not fired again, as its batch is there.
    /// </summary>
    private async Task<bool> IsStuck(IScheduler scheduler, ITrigger standing, CronExpression cron, CancellationToken cancellationToken) =>
        standing.NextFireTimeUtc is not { } next
        || next > cron.GetNextValidTimeAfter(time.GetUtcNow())
        || await scheduler.GetTriggerState(standing.Key, cancellationToken) == TriggerState.Error;

    [LoggerMessage(Level = LogLevel.Information, Message = "Schedule {Schedule} fires by {Cron} in {TimeZone}")]
    private partial void LogFollowed(string schedule, string cron, string timeZone);

    [LoggerMessage(Level = LogLevel.Error, Message = "Schedule {Schedule} cannot be read on this machine: {Cron} in {TimeZone}")]
    private partial void LogUnreadable(string schedule, string cron, string timeZone);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Schedule {Schedule} never fires again: {Cron}")]
    private partial void LogNever(string schedule, string cron);
}
