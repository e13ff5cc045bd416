namespace Platform.Dsp;

/// <summary>Values of a feature spec are not allowed; the message names each value and what is allowed.</summary>
public sealed class InvalidFeatureSpecException(IReadOnlyList<string> problems) : Exception(string.Join(' ', problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;

    internal static void ThrowIfAny(IEnumerable<string> problems)
    {
        string[] found = [.. problems];
        if (found.Length > 0)
            throw new InvalidFeatureSpecException(found);
    }
}
