using System.Globalization;
using Quartz;

namespace Platform.Registry.Schedules;

/// <summary>What Quartz calls when a schedule is due. Called again for a firing whose replica died, with the time that was meant then.</summary>
internal sealed class FireScheduleJob(FireSchedule fire) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var schedule = context.JobDetail.Key.Name;
        var scheduledAt = MeantFor(context);
        await fire.Fire(BatchId.Of(schedule, scheduledAt), schedule, FiringCauses.Cron, scheduledAt, cancellationToken);
    }

    private static DateTimeOffset MeantFor(IJobExecutionContext context) =>
        context.Recovering && context.MergedJobDataMap.TryGetValue(SchedulerConstants.FailedJobOriginalTriggerScheduledFireTime, out var meant)
            && DateTimeOffset.TryParse($"{meant}", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var scheduledAt)
            ? scheduledAt
            : context.ScheduledFireTimeUtc ?? context.FireTimeUtc;
}
