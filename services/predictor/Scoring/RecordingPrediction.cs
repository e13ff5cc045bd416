using Platform.Contracts;
using Platform.Models;

namespace Platform.Predictor.Scoring;

/// <summary>What a model says about a recording. Thresholds are its own and not null: the package was refused without one.</summary>
/// <param name="Detector">The one that decided; its figures stand in front, everybody's in <paramref name="Detectors"/>.</param>
internal sealed record RecordingPrediction(
    string Detector,
    double Score,
    double Threshold,
    string Verdict,
    int Patches,
    IReadOnlyList<DetectorScore> Detectors)
{
    /// <summary>The score as a share of its threshold: of the alarming detectors the largest, since that one decides.</summary>
    internal double Level => Threshold > 0 ? Score / Threshold : Score > Threshold ? double.MaxValue : 0;

    /// <summary>The one computation behind events and HTTP.</summary>
    /// <exception cref="UnscorableException">The score is not a number, which no verdict can be read from.</exception>
    internal static RecordingPrediction Of(LoadedModel model, string device, StoredPatches patches) =>
        Of(model, device, model.Score(device, patches.Values));

    /// <summary>As the other one, of a score that was computed together with others.</summary>
    /// <exception cref="UnscorableException">As the other one.</exception>
    internal static RecordingPrediction Of(LoadedModel model, string device, Prediction prediction)
    {
        if (!double.IsFinite(prediction.Score) || prediction is not { Threshold: { } threshold, Anomalous: { } anomalous })
            throw new UnscorableException(
                $"{model.Package.Config.ModelId} gave a recording of {device} the score {prediction.Score} " +
                $"against the threshold {prediction.Threshold}.");

        return new(
            prediction.Detector,
            prediction.Score,
            threshold,
            anomalous ? Verdicts.Anomalous : Verdicts.Normal,
            prediction.PatchErrors.Count,
            [
                .. prediction.Detectors
                    .Where(result => result.Threshold is not null)
                    .Select(result => new DetectorScore(
                        result.Detector, result.Score, result.Threshold!.Value, result.Alarming, result.Exceeded)),
            ]);
    }
}
