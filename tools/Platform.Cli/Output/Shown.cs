using System.Globalization;
using Spectre.Console;

namespace Platform.Cli.Output;

/// <summary>Values as people read them, the same in every table and whatever the machine's language.</summary>
internal static class Shown
{
    /// <summary>What somebody else wrote, so that no bracket of it is taken for markup.</summary>
    public static string Of(string? text) => Markup.Escape(text ?? "");

    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    public static string Loss(double? loss) => loss?.ToString("0.000000", CultureInfo.InvariantCulture) ?? "";

    public static string Number(double? number, string format = "0.###") => number?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    public static string Size(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} B",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
    };

    /// <summary>So many of something: <c>1 device</c>, <c>2 devices</c>, <c>12 000 patches</c>.</summary>
    public static string Count(long number, string one, string? many = null) => $"{Count(number)} {(number == 1 ? one : many ?? one + "s")}";

    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');
}
