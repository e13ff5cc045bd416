using System.Text.Json.Serialization;
using Platform.Dsp;

namespace Platform.Cli.Client;

// What the services answer, as far as the CLI reads it; a member that a service leaves out is null.

/// <param name="Frames">Of a patch as a model sees it.</param>
internal sealed record StoredSpec(string Name, Extraction Extraction, View View, int Frames, string SpecHash, string ExtractionHash);

/// <param name="FeatureSpecFrom"><c>device | machine_type | default</c></param>
/// <param name="Recordings">Null in a list.</param>
internal sealed record Device(
    string Site, string MachineType, string TimeZone, string FeatureSpec, string FeatureSpecFrom, long Revision, RecordingSummary? Recordings);

/// <param name="Failed">Of the archived ones, those without features for another reason than their length.</param>
internal sealed record RecordingSummary(long Archived, long TooShort, long Quarantined, long Failed, double Hours, DateTimeOffset? LastRecordedAt);

internal sealed record MachineType([property: JsonPropertyName("machineType")] string Name, string? FeatureSpec, int Devices, int WithOwnSpec);

/// <param name="Reason">Why it has no features; null for a recording that is in order.</param>
internal sealed record Recording(Guid Id, string Device, string State, string? Reason, string? Detail);

/// <param name="Extracted">Recordings with a feature set under the device's present spec.</param>
/// <param name="Failed">Recordings whose extraction failed for good.</param>
internal sealed record DeviceData(string FeatureSpec, int Recordings, int Extracted, int Pending, int Trained, int Failed, int Excluded, int Patches, string State);

internal sealed record Run(
    Guid Id, string Name, string ModelId, string State, string? Reason, string? Phase, int? Epoch, int? Step, int? MaxSteps,
    double? TrainingLoss, double? ValidationLoss, double? PatchesPerSecond, int? Epochs, int? Steps, int? Patches, int? Recordings,
    double? TrainingSeconds, int? Version)
{
    public bool Ended => State is "completed" or "failed" or "cancelled" or "not_possible";
}

/// <param name="Champion">What is served.</param>
/// <param name="Previous">What was served before it.</param>
/// <param name="Replicas">What each predictor made of the champion.</param>
internal sealed record Model(
    string ModelId, AliasedVersion? Champion, AliasedVersion? Previous, IReadOnlyList<ModelVersion> Versions, IReadOnlyList<VersionEvent> History,
    IReadOnlyList<ReplicaLoad>? Replicas = null);

internal sealed record ReplicaLoad(string Replica, int Version, string State);

internal sealed record VersionEvent(int Version, string State, DateTimeOffset At, string Actor, string Reason);

internal sealed record AliasedVersion(int Version);

internal sealed record ModelVersion(
    int Version, Guid RunId, string State, string? Label, string? Reason, IReadOnlyList<Threshold> Thresholds, double? NewErrorDb2, double? OldErrorDb2,
    DateTimeOffset CreatedAt, IReadOnlyList<string>? Devices = null);

internal sealed record Threshold(string Device, string Detector, [property: JsonPropertyName("threshold")] double? Value);

internal sealed record LoadedModel(string ModelId, int Version, long Deployment, DateTimeOffset? LoadedAt, string SpecHash);

internal sealed record Prediction(
    Guid RecordingId, string ModelId, int Version, long Deployment, double Score, double Threshold, string Verdict, Guid? AlarmId,
    IReadOnlyList<DetectorScore> Detectors);

internal sealed record Score(
    string Device, [property: JsonPropertyName("score")] double Value, double Threshold, string Verdict,
    string ModelId, int Version, long Deployment, int Patches, IReadOnlyList<DetectorScore> Detectors)
{
    public bool IsAnomalous => Verdict == Verdicts.Anomalous;
}

/// <param name="Alarming">Whether exceeding its threshold makes a recording anomalous.</param>
internal sealed record DetectorScore(string Detector, double Score, double Threshold, bool Alarming, bool Exceeded);

internal static class Verdicts
{
    public const string Anomalous = "anomalous";
}

internal static class Labels
{
    public const string Unlabelled = "unlabelled";
    public const string Normal = "normal";
    public const string VerifiedNormal = "verified_normal";
    public const string Anomalous = "anomalous";
}
