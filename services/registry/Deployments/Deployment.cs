using Dapper;
using Platform.Contracts;

namespace Platform.Registry.Deployments;

/// <summary>Why a version came to be served.</summary>
internal static class DeploymentKinds
{
    public const string Deployment = "deployment";
    public const string Rollback = "rollback";

    /// <summary>The registry went back by itself: a replica could not use the package of the deployment before, or what it served left its band.</summary>
    public const string AutomaticRollback = "automatic_rollback";

    public static IReadOnlyList<string> All { get; } = [Deployment, Rollback, AutomaticRollback];
}

/// <summary>The act and record of serving a version.</summary>
/// <param name="Id">Names the deployment on the whole platform; <paramref name="Number"/> counts those of its model.</param>
/// <param name="Replaces">Number of the deployment that was live before; null for a model's first.</param>
/// <param name="RollsBack">Number of the deployment that this one undoes; null for all but automatic rollbacks.</param>
// Explicit, because Npgsql announces text[] as System.Array and Dapper would not find the constructor.
[method: ExplicitConstructor]
internal sealed record Deployment(
    long Id,
    string ModelId,
    int Version,
    long Number,
    string Kind,
    long? Replaces,
    long? RollsBack,
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

/// <summary>Which version is to be served for which devices, who wants it and why.</summary>
/// <param name="RollsBack">Given for automatic rollbacks only.</param>
internal sealed record DeploymentOrder(
    string ModelId,
    int Version,
    IReadOnlyList<string> Devices,
    string Actor,
    string Reason,
    string Kind = DeploymentKinds.Deployment,
    long? RollsBack = null);
