using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Platform.Registry.Schedules;

/// <summary>One firing of a schedule, which is also the batch of the runs that it started.</summary>
/// <param name="Definition">Of the schedule when it fired.</param>
/// <param name="Cause">See <see cref="FiringCauses"/>.</param>
/// <param name="Attempts">How often somebody set about carrying it out.</param>
/// <param name="StartedRuns">Null until it ended, and for what starts none.</param>
internal sealed record Firing(
    Guid BatchId,
    string Schedule,
    ScheduleDefinition Definition,
    long Revision,
    string Cause,
    DateTime ScheduledAt,
    string State,
    DateTime OpenedAt,
    int Attempts,
    DateTime? AttemptedAt,
    string? Host,
    DateTime? EndedAt,
    int? StartedRuns,
    SkippedRuns[]? Skipped,
    string? Detail);

/// <summary>Models for which a firing started no run.</summary>
/// <param name="Examples">The first few of them.</param>
internal sealed record SkippedRuns(string Reason, int Count, IReadOnlyList<string> Examples);

internal static class FiringCauses
{
    public const string Cron = "cron";
    public const string ByHand = "by_hand";
}

internal static class FiringStates
{
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
}

internal static class BatchId
{
    /// <summary>The same for whoever fires the schedule for that time, so that it is one firing however often it is carried out.</summary>
    public static Guid Of(string schedule, DateTimeOffset scheduledAt)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{schedule}\n{scheduledAt.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z");
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text))[..16];
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x80); // version 8: made by the application
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new(bytes, bigEndian: true);
    }
}
