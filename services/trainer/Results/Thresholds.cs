using Platform.Contracts;
using Platform.Models;
using Platform.Trainer.Detectors;

namespace Platform.Trainer.Results;

/// <summary>
/// The thresholds of a run's detectors. Those from recordings that a detector was not fitted on and those from the others are both fitted, so that
/// people can compare; the run's parameters say which ones the package uses.
/// </summary>
/// <param name="Detectors">As the package names them: those that were fitted for a device at least, and the reconstruction.</param>
/// <param name="From">Fits by <see cref="ThresholdSources"/>; a device with too few recordings there has none.</param>
internal sealed record Thresholds(IReadOnlyList<DetectorConfig> Detectors, IReadOnlyDictionary<string, IReadOnlyList<DetectorFit>> From)
{
    /// <summary>The ones in use.</summary>
    internal IReadOnlyList<DetectorFit> Used => From[Detectors[0].ThresholdFrom];

    internal static Thresholds Of(TrainingParameters parameters, IReadOnlyList<FittedDetector> fitted)
    {
        var rule = parameters.ThresholdRule switch
        {
            ThresholdRules.Margin => DetectorFit.MedianTimesMargin,
            ThresholdRules.Sigma => DetectorFit.MeanPlusSigma,
            ThresholdRules.Q99 => DetectorFit.AtQuantile99,
            ThresholdRules.Q999 => DetectorFit.AtQuantile999,
            var unknown => throw new ArgumentException($"There is no threshold rule '{unknown}'.", nameof(parameters)),
        };
        DetectorConfig[] detectors =
        [
            .. DetectorConfig.All
                .Where(detector => detector == DetectorConfig.Reconstruction || fitted.Any(one => one.Detector == detector))
                .Select(detector => new DetectorConfig(detector, DetectorConfig.AlarmingByDefault.Contains(detector), RuleOf(detector), parameters.ThresholdFrom)),
        ];
        return new Thresholds(detectors, new Dictionary<string, IReadOnlyList<DetectorFit>>
        {
            [ThresholdSources.Validation] = Fits(detector => detector.Unseen),
            [ThresholdSources.Training] = Fits(detector => detector.Seen),
        });

        // A wide margin is for what nobody knows of a machine that drifts; of one that does not, what the next recordings vary is in the others.
        string RuleOf(string detector) =>
            (detector, rule) is (DetectorConfig.Sustained, DetectorFit.MedianTimesMargin) ? DetectorFit.MarginOrQuantile95 : rule;

        IReadOnlyList<DetectorFit> Fits(Func<FittedDetector, IReadOnlyList<double>> scores)
        {
            DetectorFit[] fits =
            [
                .. detectors.SelectMany(detector => fitted.Where(one => one.Detector == detector.Name))
                    .Select(one => DetectorFit.Fit(one.Detector, one.Device, scores(one), parameters.ThresholdSigma, RuleOf(one.Detector)) is { } fit
                        ? fit with { Model = one.Model, Drift = one.Drift }
                        : null)
                    .OfType<DetectorFit>(),
            ];
            // A network that nothing was held out for has no threshold, and then the device has none at all: nobody knows what the network is worth.
            var judged = fits.Where(fit => fit.Detector == DetectorConfig.Reconstruction).Select(fit => fit.Device).ToHashSet(StringComparer.Ordinal);
            return [.. fits.Where(fit => judged.Contains(fit.Device))];
        }
    }
}
