namespace Platform.Contracts;

/// <summary>An immutable recording stands in the archive under <paramref name="ObjectKey"/>.</summary>
/// <param name="Sha256">Lower-case hex of the archived bytes; with the device it is the recording's identity.</param>
/// <param name="Day">The plant's day of the recording, <c>yyyyMMdd</c> in the device's time zone.</param>
/// <param name="Label">See <see cref="Labels"/>.</param>
public sealed record AudioArchived(
    Guid RecordingId,
    string Device,
    string ObjectKey,
    string Sha256,
    long SizeBytes,
    DateTimeOffset RecordedAt,
    string Day,
    string Label,
    DateTimeOffset ArchivedAt);

/// <summary>A person labelled a recording; a lower <paramref name="Revision"/> than the one known is ignored.</summary>
public sealed record RecordingLabelled(
    Guid RecordingId,
    string Device,
    string Label,
    long Revision,
    string? LabelledBy,
    DateTimeOffset LabelledAt);

/// <summary>
/// False alarms, which are recordings that a model called anomalous and a person normal, of which a deployed model has learnt
/// (<paramref name="Absorbed"/>), or does no more, after a rollback or another label.
/// </summary>
/// <param name="ModelId">The deployed model that has learnt them; null when none has any more.</param>
/// <param name="Recordings">At most some hundred in one message.</param>
/// <param name="Revision">Grows with each change of the device; of two words about a recording the higher one counts.</param>
public sealed record FalseAlarmsAbsorbed(
    string Device,
    bool Absorbed,
    string? ModelId,
    int? Version,
    IReadOnlyList<Guid> Recordings,
    long Revision,
    DateTimeOffset ChangedAt);

/// <summary>The mel patches of a recording stand in the object store.</summary>
/// <param name="FeatureSetKey">Object key of the <c>.npy</c> [patches, n_mels, own frames] in absolute dB.</param>
/// <param name="FeatureSetSha256">Lower-case hex of that object.</param>
/// <param name="ExtractionHash">Names the extraction; a model of another one must refuse the set.</param>
/// <param name="AudioSha256">Lower-case hex of the archived recording, for replay.</param>
/// <param name="FeatureSpec">Name of the spec that asked for it; null from a service that does not say.</param>
/// <param name="DurationSeconds">Length of the recording; null for a set of a time when it was not measured.</param>
public sealed record FeaturesExtracted(
    Guid RecordingId,
    string Device,
    string FeatureSetKey,
    string FeatureSetSha256,
    string ExtractionHash,
    string AudioSha256,
    int PatchCount,
    DateTimeOffset RecordedAt,
    string? FeatureSpec = null,
    double? DurationSeconds = null);

/// <summary>A recording cannot be turned into patches, now or later; ingest quarantines it with the reason.</summary>
/// <param name="Reason">One of <see cref="ExtractionFailures"/>.</param>
/// <param name="Detail">For people: which byte, field or setting, and what is allowed.</param>
/// <param name="DurationSeconds">Length of the recording where that is known; always for <c>too_short</c>.</param>
/// <param name="FeatureSpec">Name of the spec under which it failed; null from a service that does not say.</param>
public sealed record FeatureExtractionFailed(
    Guid RecordingId,
    string Device,
    string Reason,
    string Detail,
    DateTimeOffset FailedAt,
    double? DurationSeconds = null,
    string? FeatureSpec = null);

/// <summary>A recording was scored by a deployed model.</summary>
/// <param name="Deployment">The deployment number that was live, which orders verdicts of the same recording.</param>
/// <param name="Score">Score of the detector that decided; in normalised units squared.</param>
/// <param name="Verdict">See <see cref="Verdicts"/>.</param>
public sealed record RecordingScored(
    Guid RecordingId,
    string Device,
    string ModelId,
    int Version,
    long Deployment,
    string Detector,
    double Score,
    double Threshold,
    string Verdict,
    IReadOnlyList<DetectorScore> Detectors,
    DateTimeOffset RecordedAt,
    DateTimeOffset ScoredAt);

/// <summary>The anomaly score that one detector of a model gave a recording, with its own threshold.</summary>
public sealed record DetectorScore(string Detector, double Score, double Threshold, bool Alarming, bool Exceeded);

/// <summary>Values of a recording's label.</summary>
public static class Labels
{
    public const string Unlabelled = "unlabelled";
    public const string Normal = "normal";
    public const string VerifiedNormal = "verified_normal";
    public const string Anomalous = "anomalous";

    public static IReadOnlyList<string> All { get; } = [Unlabelled, Normal, VerifiedNormal, Anomalous];
}

/// <summary>Values of a recording's verdict, given by a model.</summary>
public static class Verdicts
{
    public const string None = "none";
    public const string Normal = "normal";
    public const string Anomalous = "anomalous";

    public static IReadOnlyList<string> All { get; } = [None, Normal, Anomalous];
}

/// <summary>Values of <see cref="FeatureExtractionFailed.Reason"/>.</summary>
public static class ExtractionFailures
{
    public const string CorruptAudio = "corrupt_audio";
    public const string UnsupportedAudio = "unsupported_audio";
    public const string UnknownSpec = "unknown_spec";
    public const string TooShort = "too_short";
    public const string MissingChannel = "missing_channel";
    public const string MissingAudio = "missing_audio";
}
