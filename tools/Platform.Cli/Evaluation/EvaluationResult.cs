using Platform.Cli.Recordings;

namespace Platform.Cli.Evaluation;

/// <summary>How one detector, or the verdict of all alarming ones together, does on recordings that the model has not heard.</summary>
/// <param name="Detector">Its name; <c>verdict</c> for the model as a whole, whose score is that of <see cref="ScoredClip.RankedBy"/>.</param>
/// <param name="Auc">Area under the ROC curve, 0.5 for chance.</param>
/// <param name="Pauc">The same up to a false positive rate of 0.1, standardised after McClish.</param>
internal sealed record DetectorQuality(
    string Detector, bool Alarming, double? Threshold, Estimate? Auc, Estimate? Pauc, Estimate? Precision, Estimate? Recall, Estimate? F1,
    Estimate? FalseAlarmsPer100, AlarmCounts Counts);

/// <summary>Alarms in a test folder that is neither <c>normal</c> nor <c>anomaly…</c>.</summary>
internal sealed record OtherSet(string Set, int Recordings, int Alarms, Estimate? AlarmsPer100, IReadOnlyDictionary<string, int> ByDetector);

/// <summary>What the model that was evaluated was made of.</summary>
internal sealed record TrainedModel(
    string ModelId, int Version, string State, string Run, int? Recordings, int? Patches, int? Epochs, int? Steps, double? Seconds);

/// <param name="Error">Why there are no figures; null when there are.</param>
/// <param name="Unscored">Test recordings that no score could be given to.</param>
/// <param name="RankedBy">The detector behind the AUC of the verdict; null without figures.</param>
/// <param name="Quality">The verdict first, then each detector.</param>
/// <param name="Timelines">By detector, the verdict among them; null without a timeline.</param>
internal sealed record DeviceResult(
    string Device, string Code, ClipSpec Spec, string? Error, TrainedModel? Model, int Normal, int Anomalous, int Unscored, string? RankedBy,
    IReadOnlyList<DetectorQuality> Quality, IReadOnlyList<OtherSet> Others, IReadOnlyDictionary<string, Timeline>? Timelines);

/// <summary>All devices together.</summary>
/// <param name="HarmonicMean">Of every device's AUC and partial AUC, as challenges of this field rank systems.</param>
/// <param name="Pooled">The verdicts of all devices as if they were one.</param>
internal sealed record Summary(
    int Devices, int Failed, Estimate? HarmonicMeanAuc, Estimate? HarmonicMeanPauc, Estimate? HarmonicMean,
    Estimate? Precision, Estimate? Recall, Estimate? F1, Estimate? FalseAlarmsPer100, AlarmCounts Pooled);

/// <summary>One test recording with everything that was said about it.</summary>
internal sealed record ScoredClip(string Set, bool? Faulty, string File, TestScore Score)
{
    public const string Verdict = "verdict";

    // By how well they rank on all machines of docs/detection.md. Whether a recording alarms is another question: shares of thresholds with
    // different margins do not rank, and the largest of them ranks worse than each one.
    private static readonly string[] Ranking = ["neighbour", "profile", "bands", "reconstruction"];

    /// <summary>The detector by which a model as a whole ranks recordings.</summary>
    public string RankedBy => Ranking.FirstOrDefault(name => Score.Detectors.Any(result => result.Detector == name)) ?? Score.Detectors[0].Detector;

    /// <summary>Of one detector, or of the verdict; null when the model has no such detector with a threshold.</summary>
    public ClipScore? By(string detector)
    {
        if (detector == Verdict)
            return By(RankedBy) is { } ranked ? ranked with { Alarm = Score.Anomalous } : null;
        return Score.Detectors.FirstOrDefault(result => result.Detector == detector) is { } own ? new(own.Score, own.Exceeded) : null;
    }
}

/// <summary>A recording as one detector sees it.</summary>
internal readonly record struct ClipScore(double Score, bool Alarm);
