using Dapper;
using Platform.Contracts;

namespace Platform.Registry.Deployments;

/// <summary>The act and record of serving a version.</summary>
// Explicit, because Npgsql announces text[] as System.Array and Dapper would not find the constructor.
[method: ExplicitConstructor]
internal sealed record Deployment(
    string ModelId,
    int Version,
    long Number,
    string Mode,
    string[] Devices,
    string PackagePrefix,
    string PackageManifestSha256,
    string SpecHash,
    Guid RunId,
    string? DatasetId,
    string Actor,
    string Reason,
    DateTime DeployedAt)
{
    public ModelDeployed ToMessage() => new(
        ModelId, Version, Number, Mode, Devices, PackagePrefix, PackageManifestSha256, SpecHash, RunId, DatasetId, Actor, Reason, DeployedAt);

    public ChampionVersion ToChampionVersion() => new(Version, PackagePrefix, PackageManifestSha256, SpecHash);
}
