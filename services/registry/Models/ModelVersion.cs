using System.Text.Json.Serialization;
using Dapper;
using Platform.Contracts;

namespace Platform.Registry.Models;

/// <summary>A version as it stands in the database, and as the API shows it.</summary>
/// <param name="Accepted">What the gate said; null while the package is being published.</param>
/// <param name="Reason">The gate's evidence.</param>
/// <param name="ParentVersion">The champion that the run started from and was compared with; null for a first version.</param>
/// <param name="SizeBytes">Of the package's files together.</param>
/// <param name="Note">What changed, in the words of whoever looked into it.</param>
/// <param name="Refusal">Why the version's last deployment failed: a replica could not use its package, or it left its band and was undone.</param>
// Explicit, because Npgsql announces text[] as System.Array and Dapper would not find the constructor.
[method: ExplicitConstructor]
internal sealed record ModelVersion(
    string ModelId,
    int Version,
    Guid RunId,
    Guid? BatchId,
    string State,
    bool? Accepted,
    string? Reason,
    string? Label,
    string[] Devices,
    string? DatasetId,
    string? SpecHash,
    string? PackagePrefix,
    string? PackageManifestSha256,
    DeviceThreshold[] Thresholds,
    double? NewErrorDb2,
    double? OldErrorDb2,
    int? ComparedWithVersion,
    int? ParentVersion,
    long? SizeBytes,
    string? Note,
    string? Refusal,
    DateTime CreatedAt,
    DateTime? RegisteredAt)
{
    /// <summary>In the constructor's order, of <c>model_version v JOIN run</c>.</summary>
    public const string Columns = """
        v.model_id, v.version, v.run_id, run.batch_id, v.state, v.accepted, v.reason, v.label, v.devices, v.dataset_id, v.spec_hash,
        v.package_prefix, v.package_manifest_sha256, v.thresholds, v.new_error_db2, v.old_error_db2, v.compared_with_version,
        v.parent_version, v.size_bytes, v.note, v.refusal, v.created_at, v.registered_at
        """;

    /// <summary>The devices that the version can judge; a model of several may lack data for some.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> DevicesWithThreshold => [.. Devices.Where(device => Thresholds.Any(threshold => threshold.Device == device))];

    public ModelVersionRegistered ToMessage() => new(
        ModelId,
        Version,
        Label!,
        Accepted == true ? VersionStates.Registered : VersionStates.Rejected,
        Reason!,
        RunId,
        BatchId,
        PackagePrefix!,
        PackageManifestSha256!,
        RegisteredAt!.Value);
}

/// <summary>One line of a version's append-only history.</summary>
internal sealed record VersionEvent(int Version, string State, DateTime At, string Actor, string Reason);
