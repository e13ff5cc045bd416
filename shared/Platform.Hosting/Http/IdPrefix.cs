using System.Buffers;

namespace Platform.Hosting;

/// <summary>The beginning of an id, as people copy it, as the range of ids that begin with it.</summary>
public static class IdPrefix
{
    private const int Digits = 32;
    private const int Least = 4;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Null for what is no beginning of an id, or too short for one.</summary>
    public static (Guid First, Guid Last)? Range(string text)
    {
        var digits = text.Replace("-", "", StringComparison.Ordinal);
        return digits.Length is < Least or > Digits || digits.AsSpan().ContainsAnyExcept(Hex)
            ? null
            : (Guid.ParseExact(digits.PadRight(Digits, '0'), "N"), Guid.ParseExact(digits.PadRight(Digits, 'f'), "N"));
    }
}
