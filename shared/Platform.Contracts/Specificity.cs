namespace Platform.Contracts;

/// <summary>How closely a model is made for a device; of all models deployed for it the closest serves it.</summary>
/// <remarks>
/// What <see cref="ModelDeployed"/> of several models means for one device: whoever answers that must answer it like the predictor.
/// A subset is more specific than <c>_all</c> of the same mode, because a person chose it. Codes have no underscore, so
/// <c>_specific_</c> and <c>selected_</c> in a scope are unambiguous, even when a long scope was cut; the codes of a cut list are not
/// all known, so it counts as several, and as one that the device is in.
/// </remarks>
public static class Specificity
{
    private const string Specific = "_specific_";

    // A model of a place that the device has left still knows it, but any other that is deployed for it knows where it is now.
    private const int Left = 100;

    /// <summary>0 is the most specific. Takes a model id: <c>{mode}/{scope}[/{aggregation}]/{model_type}</c>.</summary>
    /// <param name="place">Where the device stands and what it is; null when it was never announced, then it is where its models say.</param>
    /// <exception cref="InvalidDataException">The mode is unknown.</exception>
    public static int Rank(string mode, string modelId, (string Site, string MachineType)? place)
    {
        var name = modelId.AsSpan(Math.Min(modelId.Length, mode.Length + 1));
        switch (mode)
        {
            case ScopeModes.Device:
                return 0;
            case ScopeModes.MachineType:
                var sites = List(name, Specific);
                var within = sites is [var only] && (place is null || only == place.Value.Site);
                return Unless(place is { } at && (Head(name) != at.MachineType || !Includes(sites, at.Site)), within ? 1 : sites is null ? 3 : 2);
            case ScopeModes.Site:
                return Unless(place is { } here && Head(name) != here.Site, List(name, Specific) is null ? 5 : 4);
            case ScopeModes.Global when name.StartsWith("selected_devices/", StringComparison.Ordinal):
                return 6;
            case ScopeModes.Global when List(name, "selected_sites/") is { } selected:
                return Unless(place is { } stands && !Includes(selected, stands.Site), 7);
            case ScopeModes.Global:
                return 8;
            default:
                throw new InvalidDataException($"Model {modelId} has mode '{mode}'; allowed are {string.Join(", ", ScopeModes.All)}.");
        }
    }

    private static int Unless(bool left, int rank) => left ? Left + rank : rank;

    /// <summary>The machine type or site that a scope begins with; it is never cut.</summary>
    private static string Head(ReadOnlySpan<char> name) => name[..Math.Max(name.IndexOf('_'), 0)].ToString();

    /// <summary>The codes behind <paramref name="beginning"/>; null when the scope has no such list.</summary>
    private static string[]? List(ReadOnlySpan<char> name, string beginning)
    {
        var at = name.IndexOf(beginning, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var rest = name[(at + beginning.Length)..];
        var end = rest.IndexOf('/');
        return (end < 0 ? rest : rest[..end]).ToString().Split('_');
    }

    // Eight hex digits at the end may be the hash of a list that was cut, or of one that ends in "all".
    private static bool Includes(string[]? codes, string code) =>
        codes is null || codes.Contains(code, StringComparer.Ordinal) || (codes.Length > 1 && codes[^1] is { Length: 8 } last && last.All(char.IsAsciiHexDigitLower));
}
