namespace Platform.Models;

/// <summary>What a model says about one recording.</summary>
/// <param name="Detector">The detector that decided: of the alarming ones, the farthest above or nearest below its threshold.</param>
/// <param name="Score">Its anomaly score.</param>
/// <param name="Threshold">Its threshold; null when the device has none, and then there is no verdict.</param>
/// <param name="Detectors">Every detector that the model has for the device, in its order.</param>
/// <param name="PatchErrors">Reconstruction error of each patch, in the recording's order.</param>
public sealed record Prediction(
    string Device,
    string Detector,
    double Score,
    double? Threshold,
    IReadOnlyList<DetectorResult> Detectors,
    IReadOnlyList<double> PatchErrors)
{
    /// <summary>True when an alarming detector exceeded its threshold; null when none has one.</summary>
    public bool? Anomalous => Detectors.Any(result => result is { Alarming: true, Threshold: not null })
        ? Detectors.Any(result => result.Alarming && result.Exceeded)
        : null;

    /// <exception cref="ArgumentException">There is no detector.</exception>
    public static Prediction Of(string device, IReadOnlyList<DetectorResult> detectors, IReadOnlyList<double> patchErrors)
    {
        ArgumentNullException.ThrowIfNull(detectors);
        if (detectors.Count == 0)
            throw new ArgumentException($"No detector scored the recording of '{device}'.", nameof(detectors));
        var deciding = detectors.OrderByDescending(result => (result.Alarming, result.Score / result.Threshold ?? double.NegativeInfinity)).First();
        return new Prediction(device, deciding.Detector, deciding.Score, deciding.Threshold, detectors, patchErrors);
    }
}

/// <summary>The anomaly score that one detector gave a recording.</summary>
/// <param name="Alarming">Whether exceeding the threshold makes the recording anomalous.</param>
public sealed record DetectorResult(string Detector, double Score, double? Threshold, bool Alarming)
{
    public bool Exceeded => Score > Threshold;
}
