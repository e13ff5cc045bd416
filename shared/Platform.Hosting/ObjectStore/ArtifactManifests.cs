using System.Security.Cryptography;
using System.Text.Json;

namespace Platform.Hosting;

/// <summary>An artifact's manifest as bytes.</summary>
internal static class ArtifactManifests
{
    public const int Format = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static byte[] Write(ArtifactManifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, Json);

    /// <param name="key">For the message when it is none.</param>
    public static ArtifactManifest Parse(string key, byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<ArtifactManifest>(bytes, Json) is { Format: Format, Files: not null } manifest
                ? manifest
                : throw new PermanentException($"'{key}' is no artifact manifest of format {Format}.");
        }
        catch (JsonException exception)
        {
            throw new PermanentException($"'{key}' is no artifact manifest: {exception.Message}", exception);
        }
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
