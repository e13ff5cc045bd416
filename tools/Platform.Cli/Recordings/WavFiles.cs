namespace Platform.Cli.Recordings;

internal static class WavFiles
{
    /// <summary>The WAV files below a folder, in an order that is the same everywhere; none when there is no such folder.</summary>
    public static IEnumerable<string> Below(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".wav", StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
        : [];
}
