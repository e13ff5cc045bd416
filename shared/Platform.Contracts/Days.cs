using System.Globalization;

namespace Platform.Contracts;

/// <summary>The plant's days as they are written: <c>yyyyMMdd</c>, and <c>yyyy-MM-dd</c> where people write them.</summary>
public static class Days
{
    public const string Format = "yyyyMMdd";

    /// <summary>What may be written, for messages to people.</summary>
    public const string Allowed = "yyyyMMdd or yyyy-MM-dd";

    public static bool TryParse(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, [Format, "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    public static string Write(DateOnly day) => day.ToString(Format, CultureInfo.InvariantCulture);
}
