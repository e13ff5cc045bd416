namespace Platform.Registry.Schedules;

/// <summary>A schedule as the API shows it.</summary>
/// <param name="NextFiring">Null when it will not fire: switched off, never again, or of a kind that this registry does not know.</param>
/// <param name="Firings">The last ones, newest first.</param>
internal sealed record ScheduleView(
    string Name, ScheduleDefinition Definition, long Revision, DateTime ChangedAt, string ChangedBy, DateTimeOffset? NextFiring, IEnumerable<FiringView> Firings)
{
    public static ScheduleView Of(Schedule schedule, DateTimeOffset? nextFiring, IEnumerable<FiringView> firings) =>
        new(schedule.Name, schedule.Definition, schedule.Revision, schedule.ChangedAt, schedule.ChangedBy, nextFiring, firings);
}

/// <summary>A firing and what came of it.</summary>
/// <param name="Runs">State → how many of its runs.</param>
/// <param name="Versions">State → how many of the versions that its runs became.</param>
internal sealed record FiringView(
    Guid BatchId,
    string Schedule,
    string Kind,
    long Revision,
    string Cause,
    DateTime ScheduledAt,
    string State,
    int Attempts,
    DateTime? EndedAt,
    int? StartedRuns,
    SkippedRuns[]? Skipped,
    string? Detail,
    IReadOnlyDictionary<string, int> Runs,
    IReadOnlyDictionary<string, int> Versions)
{
    public static FiringView Of(Firing firing, IReadOnlyDictionary<Guid, BatchResult> results)
    {
        var result = results.GetValueOrDefault(firing.BatchId, BatchResult.Nothing);
        return new(
            firing.BatchId, firing.Schedule, firing.Definition.Kind, firing.Revision, firing.Cause, firing.ScheduledAt, firing.State, firing.Attempts,
            firing.EndedAt, firing.StartedRuns, firing.Skipped, firing.Detail, result.Runs, result.Versions);
    }
}
