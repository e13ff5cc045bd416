namespace Platform.Contracts;

/// <summary>
/// The shadow of a model as it stands now, also when it has ended: a version that every predictor replica scores beside whatever serves
/// the devices named, and that never alarms. A model has one live shadow at most, so this message replaces what was said before.
/// A lower or equal <paramref name="Revision"/> of the same model is ignored, so announcing again is harmless.
/// </summary>
/// <param name="ShadowId">Names the shadow on the whole platform, from its start to its end.</param>
/// <param name="Revision">Grows with each change of the model's shadow, over the restore of an older database as well.</param>
/// <param name="State">See <see cref="ShadowStates"/>; scored while it is live.</param>
/// <param name="PackagePrefix">Key prefix of the package, without a trailing slash.</param>
/// <param name="StartedAt">When it became live.</param>
/// <param name="ChangedAt">When it came into this state.</param>
public sealed record ShadowDeployed(
    long ShadowId,
    string ModelId,
    int Version,
    long Revision,
    string State,
    string Mode,
    IReadOnlyList<string> Devices,
    string PackagePrefix,
    string PackageManifestSha256,
    string SpecHash,
    string Actor,
    string Reason,
    DateTimeOffset StartedAt,
    DateTimeOffset ChangedAt);

/// <summary>A predictor replica found the package of a shadow at fault; the registry ends the shadow.</summary>
public sealed record ShadowRejected(
    long ShadowId,
    string ModelId,
    int Version,
    long Revision,
    string Replica,
    string Reason,
    DateTimeOffset RejectedAt);

/// <summary>Values of <see cref="ShadowDeployed.State"/>.</summary>
public static class ShadowStates
{
    public const string Live = "live";

    /// <summary>Its version was deployed: it serves now.</summary>
    public const string Promoted = "promoted";

    public const string Dropped = "dropped";

    /// <summary>Another shadow of the model took its place.</summary>
    public const string Superseded = "superseded";

    /// <summary>A replica found its package at fault.</summary>
    public const string Rejected = "rejected";

    public static IReadOnlyList<string> All { get; } = [Live, Promoted, Dropped, Superseded, Rejected];
}
