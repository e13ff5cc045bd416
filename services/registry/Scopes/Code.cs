using System.Text.RegularExpressions;

namespace Platform.Registry.Scopes;

/// <summary>The shape of a device, site or machine type code. No underscore: scopes join codes with it.</summary>
internal static partial class Code
{
    public const string Pattern = "[A-Za-z0-9][A-Za-z0-9.-]{0,63}";

    public static bool IsValid(string code) => Shape().IsMatch(code);

    // \z, because $ would also accept a trailing line feed, which then stands in object keys.
    [GeneratedRegex(@"^" + Pattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
