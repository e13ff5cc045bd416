using Platform.Dsp;

namespace Platform.Cli.Recordings;

/// <summary>Which files are recordings, by their names; what is in them is for the platform to say.</summary>
internal static class AudioFiles
{
    // What files of the accepted formats are called beside the extension that the archive gives them.
    private static readonly (string Extension, string MediaType)[] OtherNames =
    [
        ("wave", "audio/wav"), ("m4a", "audio/mp4"), ("mp4", "video/mp4"), ("oga", "audio/ogg"), ("webm", "audio/webm"), ("mka", "audio/x-matroska"),
        ("aif", "audio/aiff"),
    ];

    private static readonly Dictionary<string, string> TypesByExtension = Types();

    /// <summary>What a person is told who has none of them.</summary>
    public static string Extensions { get; } = string.Join(", ", TypesByExtension.Keys.Order(StringComparer.Ordinal));

    /// <summary>The recordings below a folder, in an order that is the same everywhere; none when there is no such folder.</summary>
    public static IEnumerable<string> Below(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => TypesByExtension.ContainsKey(ExtensionOf(file)))
            .Order(StringComparer.Ordinal)
        : [];

    /// <summary>The media type to declare; of an unknown extension the bytes are to decide.</summary>
    public static string MediaTypeOf(string file) => TypesByExtension.GetValueOrDefault(ExtensionOf(file), "application/octet-stream");

    private static string ExtensionOf(string file) => Path.GetExtension(file).TrimStart('.');

    private static Dictionary<string, string> Types()
    {
        var types = AudioDecoder.Formats.ToDictionary(format => format.Extension, format => format.MediaTypes[0], StringComparer.OrdinalIgnoreCase);
        var accepted = AudioDecoder.Formats.SelectMany(format => format.MediaTypes).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (extension, type) in OtherNames.Where(name => accepted.Contains(name.MediaType)))
            types.TryAdd(extension, type);
        return types;
    }
}
