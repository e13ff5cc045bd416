using System.Text.RegularExpressions;

namespace Platform.Registry.FreeAliases;

/// <summary>A movable name for a version.</summary>
/// <param name="Revision">Grows with each move; null for champion and previous, which move with deployments.</param>
/// <param name="Deployment">Of champion and previous: the deployment that gave the name; null for the others.</param>
internal sealed record NamedVersion(
    string Name, int Version, string? Label, long? Revision, long? Deployment, DateTime MovedAt, string Actor, string? Reason);

/// <summary>One line of an alias' append-only history.</summary>
/// <param name="Version">Null: it was taken away.</param>
internal sealed record AliasMove(long Revision, string Name, int? Version, DateTime At, string Actor, string? Reason);

/// <summary>The names that people may give.</summary>
internal static partial class AliasName
{
    public const string Pattern = "[a-z][a-z0-9-]{0,31}";

    /// <summary>What is wrong with a name; null when nothing is.</summary>
    public static string? Check(string name)
    {
        if (name is Contracts.Aliases.Champion or Contracts.Aliases.Previous)
            return $"'{name}' moves with deployments and cannot be set; POST /deployments moves it.";
        return Shape().IsMatch(name) ? null : $"'{name}' is not allowed; allowed is {Pattern}.";
    }

    [GeneratedRegex(@"^" + Pattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
