using System.CommandLine.Parsing;
using System.Globalization;

namespace Platform.Cli.Shadows;

/// <summary>A length of time as people write it: <c>7d</c>, <c>12h</c>, <c>30m</c>.</summary>
internal static class Span
{
    private const double LongestDays = 36_500;

    public static TimeSpan? Parse(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
            return null;
        var text = result.Tokens[0].Value;
        var days = text.Length < 2 || !double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? double.NaN
            : text[^1] switch { 'd' => number, 'h' => number / 24, 'm' => number / 1_440, _ => double.NaN };
        if (days is > 0 and <= LongestDays)
            return TimeSpan.FromDays(days);
        result.AddError($"'{text}' is not a length of time; allowed is e.g. 7d, 12h or 30m.");
        return null;
    }
}
