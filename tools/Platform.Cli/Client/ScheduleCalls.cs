using System.Text.Json;

namespace Platform.Cli.Client;

/// <summary>Schedules and what came of their firings, as the registry keeps them.</summary>
internal static class ScheduleCalls
{
    public static Task<List<Schedule>> GetSchedules(this PlatformClient client, CancellationToken cancellationToken) =>
        client.Registry<List<Schedule>>(HttpMethod.Get, "/schedules", null, cancellationToken);

    public static Task<Schedule?> FindSchedule(this PlatformClient client, string name, CancellationToken cancellationToken) =>
        client.FindInRegistry<Schedule>(Path(name), cancellationToken);

    /// <param name="seen">Revision that it was read with; null to make a new one.</param>
    public static Task<Schedule> PutSchedule(
        this PlatformClient client, string name, ScheduleDefinition wanted, string? reason, long? seen, CancellationToken cancellationToken) =>
        client.Registry<Schedule>(
            HttpMethod.Put,
            Path(name),
            new
            {
                wanted.Kind, wanted.Cron, wanted.TimeZone, wanted.Selection, wanted.PerDevice, wanted.Parameters, wanted.Enabled,
                actor = Environment.UserName, reason,
            },
            cancellationToken,
            PolicyCalls.ETag(seen));

    public static Task<Firing> RunSchedule(this PlatformClient client, string name, CancellationToken cancellationToken) =>
        client.Registry<Firing>(HttpMethod.Post, $"{Path(name)}/run", null, cancellationToken);

    public static Task DeleteSchedule(this PlatformClient client, string name, string? reason, CancellationToken cancellationToken) =>
        client.DeleteInRegistry(
            $"{Path(name)}?actor={Uri.EscapeDataString(Environment.UserName)}{(reason is null ? "" : $"&reason={Uri.EscapeDataString(reason)}")}", cancellationToken);

    public static Task<List<ScheduleEdit>> GetScheduleHistory(this PlatformClient client, string name, CancellationToken cancellationToken) =>
        client.Registry<List<ScheduleEdit>>(HttpMethod.Get, $"{Path(name)}/history", null, cancellationToken);

    private static string Path(string name) => $"/schedules/{Uri.EscapeDataString(name)}";
}

/// <param name="NextFiring">Null when it will not fire.</param>
/// <param name="Firings">The last ones, newest first.</param>
internal sealed record Schedule(
    string Name, ScheduleDefinition Definition, long Revision, DateTimeOffset ChangedAt, string ChangedBy, DateTimeOffset? NextFiring, List<Firing> Firings);

/// <param name="Selection">Null for each device whose policy says autoTrain.</param>
internal sealed record ScheduleDefinition(
    string Kind, string Cron, string TimeZone, ScheduleSelection? Selection, bool PerDevice, SortedDictionary<string, JsonElement>? Parameters, bool Enabled = true);

internal sealed record ScheduleSelection(
    string? Mode, string? Device, string? MachineType, string? Site, IReadOnlyList<string>? Sites, IReadOnlyList<string>? Devices, string? Aggregation, string? ModelType)
{
    public override string ToString() => string.Join(' ', ((string?[])
    [
        Mode == "device" ? Device : Mode == "global" ? "global" : MachineType ?? Site,
        Sites is null ? null : $"at {string.Join(", ", Sites)}",
        Devices is null ? null : $"only {string.Join(", ", Devices)}",
        Aggregation,
        ModelType,
    ]).OfType<string>());
}

/// <param name="Runs">State → how many of its runs.</param>
/// <param name="Versions">State → how many of the versions that they became.</param>
internal sealed record Firing(
    Guid BatchId, string Kind, string Cause, DateTimeOffset ScheduledAt, string State, int Attempts, DateTimeOffset? EndedAt, int? StartedRuns,
    List<SkippedRuns>? Skipped, string? Detail, Dictionary<string, int> Runs, Dictionary<string, int> Versions);

internal sealed record SkippedRuns(string Reason, int Count, List<string> Examples);

internal sealed record ScheduleEdit(
    long Revision, DateTimeOffset At, string Actor, string? Reason, ScheduleDefinition? Before, ScheduleDefinition? After);
