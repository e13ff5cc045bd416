using System.Text.Json;
using Platform.Hosting;

namespace Platform.Registry.Models;

/// <summary>What the registry keeps of a package beside the package itself.</summary>
/// <param name="Training">Its <c>metadata.json</c>; null when it has none.</param>
internal sealed record PackageContents(string Architecture, string? Training, IReadOnlyList<ArtifactFile> Files)
{
    private const string Metadata = "metadata.json";

    public long SizeBytes => Files.Sum(file => file.Size);

    /// <exception cref="InvalidDataException">The package does not say what it must; the message names what is missing.</exception>
    public static PackageContents Of(ArtifactFolder package) =>
        new(PackageArchitecture.Of(package.Files), TrainingOf(package.Files), package.Manifest.Files);

    private static string? TrainingOf(IReadOnlyDictionary<string, byte[]> files)
    {
        if (!files.TryGetValue(Metadata, out var json))
            return null;
        try
        {
            return JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{Metadata} of the package is not JSON: {exception.Message}", exception);
        }
    }
}
