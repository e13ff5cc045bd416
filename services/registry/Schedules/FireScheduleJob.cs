using System.Globalization;
using Quartz;

namespace Platform.Registry.Schedules;

/// <summary>What Quartz calls when a schedule is due, late for one that was missed, and again for a firing whose replica died.</summary>
internal sealed class FireScheduleJob(FireSchedule fire, ScheduleStore schedules) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var name = context.JobDetail.Key.Name;
        if (await schedules.Find(name, cancellationToken) is not { } schedule
            || CronText.LastTime(CronText.Of(schedule.Definition), DueAt(context)) is not { } scheduledAt)
        {
            return; // deleted, or changed to what was never due
        }

        await fire.Fire(BatchId.Of(name, scheduledAt), name, FiringCauses.Cron, scheduledAt, cancellationToken);
    }

    /// <summary>
    /// When it was fired, by the same clock for the first call and the one after a death. Quartz's own scheduled time is not the same for both when the
    /// firing was a missed one; and it may fire two milliseconds early, when what is meant is just ahead.
    /// </summary>
    private static DateTimeOffset DueAt(IJobExecutionContext context)
    {
        var data = context.MergedJobDataMap;
        var (fired, scheduled) = context.Recovering
            ? (Read(data, SchedulerConstants.FailedJobOriginalTriggerFireTime), Read(data, SchedulerConstants.FailedJobOriginalTriggerScheduledFireTime))
            : (context.FireTimeUtc, context.ScheduledFireTimeUtc ?? context.FireTimeUtc);
        return fired > scheduled ? fired : scheduled;
    }

    private static DateTimeOffset Read(JobDataMap data, string key) =>
        DateTimeOffset.Parse(data.GetString(key)!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
