using Dapper;
using Platform.Contracts;

namespace Platform.Registry.Shadows;

/// <summary>A version that is, or was, scored beside the champion, as it stands in the database and as the API shows it.</summary>
/// <param name="Share">The share of the model's devices that was asked for; null for a list, or for all of them.</param>
/// <param name="Devices">Frozen when it started.</param>
/// <param name="Actor">Who brought it into this state.</param>
/// <param name="ChangedAt">When it came into this state.</param>
// Explicit, because Npgsql announces text[] as System.Array and Dapper would not find the constructor.
[method: ExplicitConstructor]
internal sealed record Shadow(
    long Id,
    string ModelId,
    int Version,
    string State,
    long Revision,
    string Mode,
    string[] Devices,
    double? Share,
    string PackagePrefix,
    string PackageManifestSha256,
    string SpecHash,
    string Actor,
    string Reason,
    DateTime StartedAt,
    DateTime ChangedAt)
{
    /// <summary>In the constructor's order, of <c>shadow s JOIN shadow_history h</c> (the last line of it) <c>JOIN model m JOIN model_version v</c>.</summary>
    public const string Columns = """
        s.id, s.model_id, s.version, s.state, s.revision, m.mode, s.devices, s.share, v.package_prefix, v.package_manifest_sha256, v.spec_hash,
        h.actor, h.reason, s.started_at, h.at AS changed_at
        """;

    public ShadowDeployed ToMessage() => new(
        Id, ModelId, Version, Revision, State, Mode, Devices, PackagePrefix, PackageManifestSha256, SpecHash, Actor, Reason, StartedAt, ChangedAt);
}

/// <summary>One line of a shadow's append-only history.</summary>
internal sealed record ShadowEvent(long ShadowId, int Version, string State, DateTime At, string Actor, string Reason);

/// <summary>What becomes of a shadow, by whom and why.</summary>
/// <param name="State">See <see cref="ShadowStates"/>.</param>
internal sealed record ShadowChange(string State, string Actor, string Reason);
