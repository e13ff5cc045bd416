using Platform.Contracts;
using Platform.Predictor.Alarms;

namespace Platform.Predictor.Scoring;

/// <summary>A row of <c>score</c>: what one model version said about one recording, and what that did to the alarm.</summary>
internal sealed record ScoredRecording(
    FeaturesExtracted Features,
    string ModelId,
    int Version,
    long Deployment,
    string SpecHash,
    RecordingPrediction Prediction,
    AlarmChange AlarmChange,
    Guid? AlarmId,
    DateTimeOffset ScoredAt,
    Provenance Provenance)
{
    /// <summary>
    /// The messages that say this row. Made from the row alone, so that a redelivered recording is announced in the same words.
    /// </summary>
    internal IReadOnlyList<object> Announcements()
    {
        var scored = new RecordingScored(
            Features.RecordingId, Features.Device, ModelId, Version, Deployment,
            Prediction.Detector, Prediction.Score, Prediction.Threshold, Prediction.Verdict, Prediction.Detectors,
            Features.RecordedAt, ScoredAt);

        return (AlarmChange, AlarmId) switch
        {
            (AlarmChange.Opened or AlarmChange.Continued, { } alarm) =>
            [
                scored,
                new AnomalyDetected(
                    alarm, AlarmChange == AlarmChange.Opened, Features.RecordingId, Features.Device, ModelId, Version,
                    Prediction.Detector, Prediction.Score, Prediction.Threshold, Features.RecordedAt, ScoredAt),
            ],
            (AlarmChange.Cleared, { } alarm) =>
                [scored, new AnomalyCleared(alarm, Features.RecordingId, Features.Device, ModelId, Version, ScoredAt, AlarmEnds.Quiet)],
            _ => [scored],
        };
    }
}
