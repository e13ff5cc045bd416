using Platform.Contracts;
using Platform.Models;

namespace Platform.Trainer.Results;

/// <summary>
/// The thresholds of a run, from the scores that each split's recordings got. All are fitted, so that people can compare; the
/// run's parameters say which ones the package uses.
/// </summary>
/// <param name="Detectors">As the package names them.</param>
/// <param name="From">Fits by <see cref="ThresholdSources"/>; a device with too few recordings there has none.</param>
internal sealed record Thresholds(IReadOnlyList<DetectorConfig> Detectors, IReadOnlyDictionary<string, IReadOnlyList<DetectorFit>> From)
{
    /// <summary>The ones in use.</summary>
    internal IReadOnlyList<DetectorFit> Used => From[Detectors[0].ThresholdFrom];

    internal static Thresholds Of(TrainingParameters parameters, IReadOnlyCollection<string> devices, IReadOnlyList<RecordingScore> scores)
    {
        var rule = parameters.ThresholdRule switch
        {
            ThresholdRules.Sigma => DetectorFit.MeanPlusSigma,
            ThresholdRules.Q99 => DetectorFit.AtQuantile99,
            ThresholdRules.Q999 => DetectorFit.AtQuantile999,
            var unknown => throw new ArgumentException($"There is no threshold rule '{unknown}'.", nameof(parameters)),
        };
        DetectorConfig[] detectors = [new(DetectorConfig.Reconstruction, Alarming: true, rule, parameters.ThresholdFrom)];
        return new Thresholds(detectors, new Dictionary<string, IReadOnlyList<DetectorFit>>
        {
            [ThresholdSources.Validation] = Fits(heldOut: true),
            [ThresholdSources.Training] = Fits(heldOut: false),
        });

        IReadOnlyList<DetectorFit> Fits(bool heldOut) =>
        [
            .. detectors.SelectMany(detector => devices.Select(device => DetectorFit.Fit(
                detector.Name,
                device,
                [.. scores.Where(score => score.HeldOut == heldOut && score.Recording.Device == device)
                    .Select(score => LoadedModel.ScoreOf(detector.Name, score.PatchErrors))],
                parameters.ThresholdSigma,
                rule))).OfType<DetectorFit>(),
        ];
    }
}
