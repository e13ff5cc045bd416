using System.CommandLine.Parsing;
using System.Globalization;

namespace Platform.Cli.Deployments;

/// <summary>A version as people write it: <c>v3</c> or <c>3</c>.</summary>
internal static class VersionArgument
{
    public static int? Parse(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
            return null;
        var text = result.Tokens[0].Value;
        if (int.TryParse(text.TrimStart('v'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0)
            return version;
        result.AddError($"'{text}' is not a version; allowed is e.g. v3.");
        return null;
    }
}
