using Platform.Dsp;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Explanations;

/// <summary>A recording as the version saw it that scored it.</summary>
/// <param name="Patches">What was scored, in absolute dB.</param>
internal sealed record ExplainedRecording(ScoredSubject About, FeatureSpec Spec, StoredPatches Patches, DeviationReading Reading);

/// <summary>What was scored, by what, and what came of it.</summary>
/// <param name="RecordingId">Null for posted audio, as are the times.</param>
internal sealed record ScoredSubject(
    Guid? RecordingId,
    string Device,
    DateTimeOffset? RecordedAt,
    DateTimeOffset? ScoredAt,
    string ModelId,
    int Version,
    long Deployment,
    string SpecHash,
    RecordingPrediction Prediction)
{
    internal static ScoredSubject Of(ScoredRecording scored) => new(
        scored.Features.RecordingId, scored.Features.Device, scored.Features.RecordedAt, scored.ScoredAt,
        scored.ModelId, scored.Version, scored.Deployment, scored.SpecHash, scored.Prediction);
}
