namespace Platform.Registry.Models;

/// <summary>The <c>major.minor</c> that people call a version by.</summary>
internal static class VersionLabel
{
    public const string First = "1.0";

    /// <param name="previous">Label of the version before.</param>
    /// <param name="incompatible">Architecture or feature spec differs from it: scores of the two are not comparable.</param>
    public static string After(string previous, bool incompatible)
    {
        var dot = previous.IndexOf('.', StringComparison.Ordinal);
        var (major, minor) = (int.Parse(previous.AsSpan(0, dot)), int.Parse(previous.AsSpan(dot + 1)));
        return incompatible ? $"{major + 1}.0" : $"{major}.{minor + 1}";
    }
}
