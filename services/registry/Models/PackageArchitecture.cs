using System.Text.Json;

namespace Platform.Registry.Models;

/// <summary>The network's shape as a package's <c>config.json</c> writes it, in one spelling, so that two versions can be compared.</summary>
internal static class PackageArchitecture
{
    private const string Config = "config.json";

    /// <exception cref="InvalidDataException">The package does not say; the message names what is missing.</exception>
    public static string Of(IReadOnlyDictionary<string, byte[]> files)
    {
        if (!files.TryGetValue(Config, out var json))
            throw new InvalidDataException($"the package has no {Config}");
        try
        {
            using var config = JsonDocument.Parse(json);
            return config.RootElement.ValueKind == JsonValueKind.Object && config.RootElement.TryGetProperty("architecture", out var architecture)
                ? JsonSerializer.Serialize(architecture)
                : throw new InvalidDataException($"{Config} of the package has no 'architecture'");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{Config} of the package is not JSON: {exception.Message}", exception);
        }
    }
}
