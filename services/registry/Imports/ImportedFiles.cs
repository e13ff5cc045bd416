using System.Text.Json;
using Platform.Hosting;
using Platform.Registry.Scopes;

namespace Platform.Registry.Imports;

/// <summary>What the files of an import say about themselves.</summary>
/// <param name="Files">Without manifest: what is handed to the trainer.</param>
/// <param name="ContentSha256">Equal for equal files.</param>
/// <param name="PackageSha256">Of the manifest that came along, whose files these are; null without one.</param>
/// <param name="ModelId">From <c>config.json</c>; null when it does not say.</param>
/// <param name="Devices">Those that have a threshold or a scale, sorted.</param>
internal sealed record ImportedFiles(
    IReadOnlyDictionary<string, byte[]> Files, string ContentSha256, string? PackageSha256, string? ModelId, IReadOnlyList<string> Devices)
{
    private const string Config = "config.json";

    /// <exception cref="ImportRefusedException">They contradict one another.</exception>
    public static ImportedFiles Of(IReadOnlyDictionary<string, byte[]> files)
    {
        var packageSha256 = CheckManifest(files);
        var content = files.Where(file => file.Key != Artifacts.ManifestName).ToDictionary(StringComparer.Ordinal);
        var devices = content.Keys.Select(DeviceOf).OfType<string>();
        return new(content, ImportArchive.HashOf(content), packageSha256, ModelIdOf(content), ModelScope.Sorted(devices));
    }

    private static string? DeviceOf(string name)
    {
        const string threshold = "thresholds/threshold_";
        const string scale = "scales/";
        var start = name.StartsWith(threshold, StringComparison.Ordinal) ? threshold.Length : name.StartsWith(scale, StringComparison.Ordinal) ? scale.Length : 0;
        return start == 0 ? null : name[start..^".npy".Length];
    }

    /// <summary>A folder that was exported from a registry says what it consists of; then it must be just that.</summary>
    private static string? CheckManifest(IReadOnlyDictionary<string, byte[]> files)
    {
        if (!files.TryGetValue(Artifacts.ManifestName, out var json))
            return null;
        ArtifactManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<ArtifactManifest>(json, JsonSerializerOptions.Web);
        }
        catch (JsonException exception)
        {
            throw new ImportRefusedException(Artifacts.ManifestName, $"It is not JSON: {exception.Message}", inner: exception);
        }

        foreach (var file in manifest?.Files ?? [])
        {
            if (!files.TryGetValue(file.Path, out var content))
                throw new ImportRefusedException(Artifacts.ManifestName, $"It names '{file.Path}', which is not there.");
            if (Hash(content) != file.Sha256)
                throw new ImportRefusedException(file.Path, $"Its SHA-256 is {Hash(content)}, {Artifacts.ManifestName} says {file.Sha256}.");
        }

        return Hash(json);
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));

    private static string? ModelIdOf(Dictionary<string, byte[]> files)
    {
        if (!files.TryGetValue(Config, out var json))
            return null;
        try
        {
            using var config = JsonDocument.Parse(json);
            return config.RootElement.ValueKind == JsonValueKind.Object && config.RootElement.TryGetProperty("model_id", out var id)
                && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
        }
        catch (JsonException exception)
        {
            throw new ImportRefusedException(Config, $"It is not JSON: {exception.Message}", inner: exception);
        }
    }
}
