namespace Platform.Contracts;

/// <summary>A run's package became a version of a model.</summary>
/// <param name="Label"><c>major.minor</c>; major changes with the architecture or the feature spec.</param>
/// <param name="State">See <see cref="VersionStates"/>: registered, or rejected by the gate.</param>
[Announcement]
public sealed record ModelVersionRegistered(
    string ModelId,
    int Version,
    string Label,
    string State,
    string Reason,
    Guid RunId,
    Guid? BatchId,
    string PackagePrefix,
    string PackageManifestSha256,
    DateTimeOffset RegisteredAt);

/// <summary>
/// A version is to be served for the devices named, by every predictor replica.
/// A lower or equal <paramref name="Deployment"/> of the same model is ignored, so announcing again is harmless.
/// </summary>
/// <param name="Deployment">Grows by one with each deployment of this model, rollbacks included.</param>
/// <param name="PackagePrefix">Key prefix of the package, without a trailing slash.</param>
/// <param name="DatasetId">What the version was trained on: features marks its recordings as trained; null for an imported model.</param>
public sealed record ModelDeployed(
    string ModelId,
    int Version,
    long Deployment,
    string Mode,
    IReadOnlyList<string> Devices,
    string PackagePrefix,
    string PackageManifestSha256,
    string SpecHash,
    Guid? RunId,
    string? DatasetId,
    string Actor,
    string Reason,
    DateTimeOffset DeployedAt);

/// <summary>A predictor replica serves a deployment.</summary>
public sealed record ModelLoaded(
    string ModelId,
    int Version,
    long Deployment,
    string Replica,
    double LoadMilliseconds,
    DateTimeOffset LoadedAt);

/// <summary>A predictor replica refused a deployment; what it served before goes on.</summary>
/// <param name="Permanent">
/// The package itself is at fault and will be refused again: the deployment is rolled back. False for a reason that may pass, such as a store
/// that is away, and in messages of replicas that do not tell the two apart.
/// </param>
public sealed record ModelRejected(
    string ModelId,
    int Version,
    long Deployment,
    string Replica,
    string Reason,
    DateTimeOffset RejectedAt,
    bool Permanent = false);

/// <summary>A predictor replica lives: said when it starts and every few seconds. Lost ones are followed by others, so nobody keeps them.</summary>
[Announcement]
public sealed record ReplicaAlive(string Replica, DateTimeOffset StartedAt, DateTimeOffset At);

/// <summary>States of a model version.</summary>
public static class VersionStates
{
    public const string Publishing = "publishing";
    public const string Registered = "registered";
    public const string Deployed = "deployed";
    public const string Archived = "archived";
    public const string Rejected = "rejected";

    /// <summary>Retention took the package away; the row and its history stay, and the number is never given again.</summary>
    public const string Deleted = "deleted";

    public static IReadOnlyList<string> All { get; } = [Publishing, Registered, Deployed, Archived, Rejected, Deleted];
}

/// <summary>Movable names for a version.</summary>
public static class Aliases
{
    public const string Champion = "champion";
    public const string Previous = "previous";
}
