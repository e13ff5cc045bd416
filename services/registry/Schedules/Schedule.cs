using System.Text.Json.Serialization;
using Platform.Registry.Policies;
using Platform.Registry.Scopes;

namespace Platform.Registry.Schedules;

/// <summary>What a schedule does and when, as people write it.</summary>
/// <param name="Kind">See <see cref="ScheduleKinds"/>; also the name of an <see cref="IScheduledTask"/>.</param>
/// <param name="Cron">Quartz's six or seven fields, or the five of crontab.</param>
/// <param name="TimeZone">IANA name, in which the expression is meant.</param>
/// <param name="Selection">Which devices; null for each device on its own whose policy says <c>autoTrain</c>.</param>
/// <param name="PerDevice">A model of each device of the selection, rather than one of all.</param>
/// <param name="Parameters">What wins over the policies in these runs.</param>
internal sealed record ScheduleDefinition(
    string Kind,
    string Cron,
    string TimeZone = "UTC",
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ScopeSelection? Selection = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool PerDevice = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PartialParameters? Parameters = null,
    bool Enabled = true);

/// <summary>A schedule as it stands in the database.</summary>
internal sealed record Schedule(string Name, ScheduleDefinition Definition, long Revision, DateTime ChangedAt, string ChangedBy);

/// <summary>One edit of a schedule, append-only.</summary>
internal sealed record ScheduleEdit(long Revision, DateTime At, string Actor, string? Reason, ScheduleDefinition? Before, ScheduleDefinition? After);

internal static class ScheduleKinds
{
    /// <summary>What is new since the last training, and what else a model needs; a first model where there is none.</summary>
    public const string Incremental = "incremental";

    /// <summary>Everything from the beginning.</summary>
    public const string Full = "full";

    public static IReadOnlyList<string> OfTraining { get; } = [Incremental, Full];
}

/// <summary>
/// Something that schedules can start beside training, under the name of its kind. May be carried out again after a crash half-way, though never
/// twice at the same time for one firing.
/// </summary>
internal interface IScheduledTask
{
    string Kind { get; }

    /// <returns>What came of it, for people.</returns>
    Task<string> Run(Guid batchId, CancellationToken cancellationToken);
}
