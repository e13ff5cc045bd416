namespace Platform.Contracts;

/// <summary>A device sounds different: an alarm was opened, or continued by one more recording.</summary>
/// <param name="AlarmId">The same for all recordings of one alarm.</param>
/// <param name="Opened">True for the recording that opened it.</param>
public sealed record AnomalyDetected(
    Guid AlarmId,
    bool Opened,
    Guid RecordingId,
    string Device,
    string ModelId,
    int Version,
    string Detector,
    double Score,
    double Threshold,
    DateTimeOffset RecordedAt,
    DateTimeOffset DetectedAt);

/// <summary>A device sounds normal again: its open alarm was closed by <paramref name="RecordingId"/>.</summary>
public sealed record AnomalyCleared(
    Guid AlarmId,
    Guid RecordingId,
    string Device,
    string ModelId,
    int Version,
    DateTimeOffset ClearedAt);

/// <summary>The level of a device's scores moved although no alarm is open; features marks it for retraining.</summary>
public sealed record DriftDetected(
    string Device,
    string ModelId,
    int Version,
    double BaselineMedian,
    double CurrentMedian,
    DateTimeOffset DetectedAt);
