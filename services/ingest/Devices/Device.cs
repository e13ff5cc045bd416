using System.Globalization;

namespace Platform.Ingest;

/// <summary>A machine with its sensor. <paramref name="Revision"/> grows with each change.</summary>
internal sealed record Device(
    string Code, string Site, string MachineType, string TimeZone, string FeatureSpec, long Revision, DateTime ChangedAt)
{
    public const string DefaultSite = "default";
    public const string DefaultMachineType = "machine";
    public const string DefaultTimeZone = "UTC";
    public const string DefaultFeatureSpec = "default";

    /// <summary>The plant's day of a moment, <c>yyyyMMdd</c>; days begin at the plant's midnight, not at UTC's.</summary>
    public static string DayOf(DateTimeOffset moment, string timeZone) => TimeZoneInfo
        .ConvertTime(moment, TimeZoneInfo.FindSystemTimeZoneById(timeZone))
        .ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}

/// <summary>What a person says about a device; what is not given keeps its value, or gets the default of a new device.</summary>
internal sealed record DeviceSettings(string? Site = null, string? MachineType = null, string? TimeZone = null, string? FeatureSpec = null);
