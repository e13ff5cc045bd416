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

/// <summary>
/// What a deployed model says about a device left the band that it had when it was deployed: its false alarms or the median of its scores.
/// </summary>
/// <param name="Deployment">The deployment whose band it is; it may be live no more when this is heard.</param>
/// <param name="Measure">See <see cref="BandMeasures"/>.</param>
/// <param name="Baseline">What it was at deployment.</param>
public sealed record ChampionLeftBand(
    string Device,
    string ModelId,
    int Version,
    long Deployment,
    string Measure,
    double Baseline,
    double Low,
    double High,
    double Current,
    DateTimeOffset DetectedAt);

/// <summary>Values of <see cref="ChampionLeftBand.Measure"/>.</summary>
public static class BandMeasures
{
    public const string MedianScore = "median_score";
    public const string FalseAlarms = "false_alarms";
}
