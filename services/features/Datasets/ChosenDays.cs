using Platform.Contracts;

namespace Platform.Features.Datasets;

/// <summary>Which of the plant's days a run is trained on.</summary>
/// <param name="FromDay"><c>yyyyMMdd</c>, inclusive; null for no limit.</param>
/// <param name="ToDay">Likewise.</param>
/// <param name="ByDevice">Mode incremental: the day of each device; null in the other modes.</param>
internal sealed record ChosenDays(string? FromDay, string? ToDay, IReadOnlyDictionary<string, string>? ByDevice)
{
    /// <summary>
    /// By the time of the request and not of the work, so that a redelivery after midnight chooses the same days.
    /// </summary>
    /// <exception cref="UnreadableDayException">A day or a time zone is not one.</exception>
    public static ChosenDays Of(PrepareTraining run, IReadOnlyList<DeviceSpec> devices) => run.Parameters.Mode switch
    {
        TrainingModes.Full => new(Read(run.Parameters.FromDay), Read(run.Parameters.ToDay), ByDevice: null),
        TrainingModes.Incremental => new(FromDay: null, ToDay: null, devices.ToDictionary(
            device => device.Device,
            device => Days.Write(Today(device, run.RequestedAt).AddDays(-run.Parameters.UseDaysAgo)),
            StringComparer.Ordinal)),
        _ => new(FromDay: null, ToDay: null, ByDevice: null),
    };

    public bool Include(EligibleSet set) => ByDevice is null
        ? (FromDay is null || string.CompareOrdinal(set.Day, FromDay) >= 0) && (ToDay is null || string.CompareOrdinal(set.Day, ToDay) <= 0)
        : set.Pending || set.Day == ByDevice[set.Device];

    private static string? Read(string? day)
    {
        if (day is null)
            return null;
        return Days.TryParse(day, out var read)
            ? Days.Write(read)
            : throw new UnreadableDayException($"'{day}' is not a day; allowed is {Days.Allowed}.");
    }

    private static DateOnly Today(DeviceSpec device, DateTimeOffset now) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(device.TimeZone, out var zone)
            ? DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime)
            : throw new UnreadableDayException($"{device.Device} has the time zone '{device.TimeZone}', which this machine does not know.");
}

/// <summary>The days of a run cannot be told; nothing that waiting would heal.</summary>
internal sealed class UnreadableDayException(string message) : Exception(message);
