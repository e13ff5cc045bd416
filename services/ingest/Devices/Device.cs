using System.Globalization;

namespace Platform.Ingest;

/// <summary>A machine with its sensor. <paramref name="Revision"/> grows with each change.</summary>
/// <param name="OwnSpec">The spec that was given to this device; null when it follows its machine type.</param>
/// <param name="FeatureSpec">The spec that counts: its own, else its machine type's, else <see cref="DefaultFeatureSpec"/>.</param>
/// <param name="FeatureSpecFrom">See <see cref="SpecSources"/>.</param>
internal sealed record Device(
    string Code, string Site, string MachineType, string TimeZone, string? OwnSpec, string FeatureSpec, string FeatureSpecFrom,
    long Revision, DateTime ChangedAt)
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
/// <param name="FeatureSpec">An empty text takes the device's own spec away: it follows its machine type again.</param>
internal sealed record DeviceSettings(string? Site = null, string? MachineType = null, string? TimeZone = null, string? FeatureSpec = null);

/// <summary>Values of <see cref="Device.FeatureSpecFrom"/>; as the view <c>device_shown</c> has them.</summary>
internal static class SpecSources
{
    public const string Device = "device";
    public const string MachineType = "machine_type";
    public const string Default = "default";
}
