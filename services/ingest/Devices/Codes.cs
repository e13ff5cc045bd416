using System.Text.RegularExpressions;

namespace Platform.Ingest;

/// <summary>Codes become object keys, and scopes of models join them with <c>_</c>; so their letters are few.</summary>
internal static partial class Codes
{
    /// <summary>Null when the value is a code; otherwise what is wrong, for the person who sent it.</summary>
    public static string? Problem(string field, string value) => Code().IsMatch(value)
        ? null
        : $"{field} '{value}' is not allowed: 1 to 64 letters, digits, '.' and '-', beginning with a letter or digit.";

    public static string? SpecProblem(string field, string value) => SpecName().IsMatch(value)
        ? null
        : $"{field} '{value}' is not allowed: 1 to 64 letters, digits, '.', '-' and '_', beginning with a letter or digit.";

    public static string? TimeZoneProblem(string value) =>
        ZoneName().IsMatch(value) && TimeZoneInfo.TryFindSystemTimeZoneById(value, out _)
            ? null
            : $"timeZone '{value}' is not known: give an IANA name such as 'UTC' or 'Europe/Berlin'.";

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.-]{0,63}\z")]
    private static partial Regex Code();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex SpecName();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){0,2}\z")]
    private static partial Regex ZoneName();
}
