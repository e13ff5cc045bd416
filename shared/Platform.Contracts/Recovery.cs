namespace Platform.Contracts;

/// <summary>A snapshot of the platform's state is complete in the backup repository.</summary>
public sealed record BackupCompleted(Guid SnapshotId, string Repository, long SizeBytes, string ManifestSha256, DateTimeOffset CompletedAt);

/// <summary>A snapshot was restored beside the live system and checked.</summary>
public sealed record RestoreDrillCompleted(Guid DrillId, Guid SnapshotId, bool Succeeded, string Report, double Seconds, DateTimeOffset CompletedAt);

/// <summary>Another region became the active one; a lower <paramref name="Epoch"/> than the one known is ignored.</summary>
public sealed record RegionSwitched(string FromRegion, string ToRegion, long Epoch, string Reason, DateTimeOffset SwitchedAt);
