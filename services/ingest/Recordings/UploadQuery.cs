using System.Globalization;
using System.Text.RegularExpressions;
using Platform.Contracts;

namespace Platform.Ingest;

/// <summary>The query of an upload, checked; each problem names the value and what is allowed.</summary>
internal static partial class UploadQuery
{
    private const int MaxNameLength = 255;

    // A recorder's clock may be ahead a little; more is a wrong clock, and its recordings would sort after all others.
    private static readonly TimeSpan LargestLead = TimeSpan.FromDays(1);

    public static (Upload? Upload, string? Problem) Parse(
        string device, string? recordedAt, string? label, string? name, DateTimeOffset now)
    {
        if (Codes.Problem("device", device) is { } wrongCode)
            return (null, wrongCode);
        if (label is not null && !Labels.All.Contains(label))
            return (null, $"label '{label}' is not known: {string.Join(", ", Labels.All)}.");
        if (name is not null && (name.Length is 0 or > MaxNameLength || name.Any(char.IsControl)))
            return (null, $"name has {name.Length} characters: 1 to {MaxNameLength} are allowed, and no control characters.");

        var moment = now;
        if (recordedAt is not null && !TryParse(recordedAt, out moment))
            return (null, $"recordedAt '{recordedAt}' is not a time: give ISO 8601 with its offset, such as '2026-03-01T06:30:00Z' " +
                "or '2026-03-01T07:30:00%2B01:00' ('+' must be escaped in a query).");
        if (moment.Year < 1970 || moment > now + LargestLead)
            return (null, $"recordedAt '{recordedAt}' is not plausible: allowed is 1970 to one day from now.");

        return (new Upload(device, moment, label ?? Labels.Unlabelled, name), null);
    }

    private static bool TryParse(string text, out DateTimeOffset moment)
    {
        moment = default;
        return IsoWithOffset().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out moment);
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)\z")]
    private static partial Regex IsoWithOffset();
}
