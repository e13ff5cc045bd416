using Platform.Registry.Schedules;

namespace Platform.Registry.Retention;

/// <summary>A sweep because a schedule says so, with what the settings keep. Safe to repeat: a sweep goes on where the one before ended.</summary>
internal sealed class ScheduledRetention(RetentionSweep sweep, RetentionOptions options) : IScheduledTask
{
    public string Kind => "retention";

    public async Task<string> Run(Guid batchId, CancellationToken cancellationToken)
    {
        var report = await sweep.Run(RetentionPlan.By(options, actor: $"schedule, batch {batchId}"), cancellationToken);
        return report switch
        {
            null => "Another sweep was at work.",
            { State: RetentionStates.Completed, Result: { } result } =>
                $"Marked {result.Marked.Count} versions, deleted {result.Swept.Count} ({result.Swept.Bytes} bytes) and {result.SweptOrphans.Count} orphans ({result.SweptOrphans.Bytes} bytes); report {report.Id}.",
            _ => throw new InvalidOperationException($"The sweep ended as {report.State}: {report.Reason}"),
        };
    }
}
