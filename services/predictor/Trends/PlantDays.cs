using Platform.Contracts;

namespace Platform.Predictor.Trends;

/// <summary>The plant's days as intervals of time; a day with a change of the clocks has 23 or 25 hours.</summary>
internal static class PlantDays
{
    /// <summary>The last days up to the one of a moment, oldest first.</summary>
    internal static IReadOnlyList<PlantDay> Until(DateTimeOffset moment, int days, TimeZoneInfo zone)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime);
        return [.. Enumerable.Range(1 - days, days).Select(today.AddDays).Select(day => new PlantDay(
            Days.Write(day), StartOf(day, zone), StartOf(day.AddDays(1), zone)))];
    }

    private static DateTime StartOf(DateOnly day, TimeZoneInfo zone)
    {
        // Where the clocks go ahead at midnight the day begins an hour later by them.
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
            midnight = midnight.AddMinutes(15);
        // Where they go back over midnight, the first of the two begins it.
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return DateTime.SpecifyKind(midnight - offset, DateTimeKind.Utc);
    }
}

/// <param name="Day"><c>yyyyMMdd</c></param>
/// <param name="Start">UTC, included.</param>
/// <param name="End">UTC, excluded.</param>
internal sealed record PlantDay(string Day, DateTime Start, DateTime End);
