using System.Net;

namespace Platform.Cli.Client;

/// <summary>What the registry tells about packages and about what is deployed.</summary>
internal static class ExportCalls
{
    public static Task<PackagedModel?> FindPackages(this PlatformClient client, string modelId, CancellationToken cancellationToken) =>
        client.FindInRegistry<PackagedModel>($"/models/{modelId}", cancellationToken);

    /// <summary>Any version; those that come with the model are only the newest.</summary>
    public static async Task<PackagedVersion?> FindPackage(this PlatformClient client, string modelId, int version, CancellationToken cancellationToken) =>
        (await client.FindInRegistry<VersionAnswer>($"/models/{modelId}/versions/{version}", cancellationToken))?.Version;

    public static Task<HttpResponseMessage> OpenPackage(this PlatformClient client, string modelId, int version, CancellationToken cancellationToken) =>
        client.StreamFromRegistry($"/models/{modelId}/versions/{version}/package.zip", cancellationToken);

    /// <summary>What is deployed of every model; null when nothing was deployed since the answer with this tag.</summary>
    public static async Task<CurrentDeployments?> FindDeployments(this PlatformClient client, string? tag, CancellationToken cancellationToken)
    {
        using var response = await client.AskRegistry(HttpMethod.Get, "/deployments/current", null, tag, cancellationToken);
        return response.StatusCode == HttpStatusCode.NotModified
            ? null
            : new(response.Headers.ETag?.ToString(), await PlatformClient.Accepted<List<LiveDeployment>>(response, "the current deployments", cancellationToken));
    }

    public static Task<List<DevicePlace>> GetPlaces(this PlatformClient client, CancellationToken cancellationToken) =>
        client.Registry<List<DevicePlace>>(HttpMethod.Get, "/devices", null, cancellationToken);
}

internal sealed record PackagedModel(string ModelId, AliasedVersion? Champion, IReadOnlyList<PackagedVersion> Versions);

/// <param name="PackageManifestSha256">Null while there is no package.</param>
internal sealed record PackagedVersion(int Version, string State, string? PackageManifestSha256);

internal sealed record VersionAnswer(PackagedVersion Version);

internal sealed record CurrentDeployments(string? Tag, IReadOnlyList<LiveDeployment> Deployments);

internal sealed record LiveDeployment(
    string ModelId, int Version, long Deployment, string Mode, IReadOnlyList<string> Devices, string PackageManifestSha256, DateTimeOffset DeployedAt);

internal sealed record DevicePlace(string Device, string Site, string MachineType);
