namespace Platform.Contracts;

/// <summary>A device sounds different: an alarm was opened, or continued by one more anomalous recording.</summary>
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

/// <summary>An alarm was closed.</summary>
/// <param name="RecordingId">The one that closed it, or whose label did; of an alarm that a person closed its latest anomalous one.</param>
/// <param name="Reason">See <see cref="AlarmEnds"/>; null from a service that does not say, and then the device sounded normal again.</param>
/// <param name="ClearedBy">Who closed it or gave the label; null when nobody did.</param>
public sealed record AnomalyCleared(
    Guid AlarmId,
    Guid RecordingId,
    string Device,
    string ModelId,
    int Version,
    DateTimeOffset ClearedAt,
    string? Reason = null,
    string? ClearedBy = null);

/// <summary>Values of <see cref="AnomalyCleared.Reason"/>.</summary>
public static class AlarmEnds
{
    /// <summary>The device sounded normal again, long enough.</summary>
    public const string Quiet = "quiet";

    /// <summary>A person closed it.</summary>
    public const string Person = "person";

    /// <summary>People labelled all of its recordings as normal: it was a false alarm.</summary>
    public const string Labels = "labels";

    /// <summary>A recording that came out of order took away what had opened it: it would not have opened had all come in order.</summary>
    public const string Withdrawn = "withdrawn";
}

/// <summary>
/// The level of a device's scores moved although no alarm is open; features marks it for retraining. Said once for each time that it leaves its band,
/// which begins anew with each deployment.
/// </summary>
/// <param name="BaselineMedian">Of the first recordings after the deployment; scores are divided by their threshold, so that 1 is where an alarm begins.</param>
/// <param name="CurrentMedian">Likewise of the latest recordings.</param>
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
