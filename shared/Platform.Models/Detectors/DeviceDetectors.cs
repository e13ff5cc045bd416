using Platform.Dsp;

namespace Platform.Models;

/// <summary>The detectors that a model has for one device, ready to score. Immutable, so threads may share it.</summary>
internal sealed class DeviceDetectors
{
    private readonly (DetectorConfig Config, DetectorFit? Fit, bool Alarming)[] _detectors;
    private readonly FeatureSpec _spec;
    private readonly PatchView _view;
    private readonly Bursts _bursts;
    private readonly QuietestWindow _quietest;

    internal DeviceDetectors(ModelPackage package, string device, PatchView view)
    {
        (_spec, _view) = (package.Config.FeatureSpec, view);
        (_bursts, _quietest) = (new Bursts(_spec), new QuietestWindow(_spec));
        _detectors =
        [
            .. package.Config.Detectors
                .Select(config => (config, package.FitOf(config.Name, device), package.IsAlarming(config, device)))
                // One that was not fitted has nothing to score with; the reconstruction has the network.
                .Where(detector => detector.Item2 is not null || detector.config.Name == DetectorConfig.Reconstruction),
        ];
    }

    /// <param name="stored">[patches, n_mels, own frames] in absolute dB.</param>
    /// <param name="errors">Of this recording's patches only.</param>
    internal IReadOnlyList<DetectorResult> Score(ReadOnlySpan<float> stored, double[] errors, double[] logBandErrors)
    {
        var results = new List<DetectorResult>(_detectors.Length);
        foreach (var (config, fit, alarming) in _detectors)
        {
            // In a recording of a window or two nothing tells what lasts from what passes by.
            if (config.Name == DetectorConfig.Sustained && errors.Length < _quietest.LeastPatches)
                continue;
            var score = config.Name switch
            {
                DetectorConfig.Reconstruction => errors.Average(),
                DetectorConfig.Bands => fit!.Model!.Score(logBandErrors),
                DetectorConfig.Profile or DetectorConfig.Neighbour => fit!.Model!.Score(BandLevels(stored)),
                DetectorConfig.Sustained => fit!.Model!.Score(_quietest.Of(stored, _view)),
                DetectorConfig.Transient => LargestBurst(stored, fit!.Model!.Gaussian),
                _ => throw new InvalidOperationException($"Detector '{config.Name}' is not known to this version."), // the package was validated
            };
            results.Add(new DetectorResult(config.Name, score, fit?.Threshold, alarming));
        }

        return results;
    }

    /// <summary>Mean level of each band over all frames of all patches: <see cref="FeatureSummary.BandMean"/>.</summary>
    internal double[] BandLevels(ReadOnlySpan<float> stored)
    {
        var (nMels, own) = (_view.NMels, _spec.Extraction.OwnFrames);
        var levels = new double[nMels];
        var cells = (double)stored.Length / nMels;
        for (var row = 0; row < stored.Length / own; row++)
        {
            var sum = 0.0;
            foreach (var level in stored.Slice(row * own, own))
                sum += level;
            levels[row % nMels] += sum / cells;
        }

        return levels;
    }

    /// <summary>Mean level per band less what the profile was fitted on, in dB; null where the device has no profile.</summary>
    internal double[]? Shift(ReadOnlySpan<float> stored)
    {
        var profile = _detectors.FirstOrDefault(detector => detector.Config.Name == DetectorConfig.Profile).Fit?.Model;
        return profile is null ? null : [.. BandLevels(stored).Zip(profile.Gaussian.Centre, (level, usual) => level - usual)];
    }

    private double LargestBurst(ReadOnlySpan<float> stored, ShrunkGaussian gaussian)
    {
        var levels = new float[_view.PatchLength];
        var bursts = new double[_view.NMels * _bursts.Count];
        var largest = 0.0;
        for (var from = 0; from < stored.Length; from += _view.StoredLength)
        {
            _view.Levels(stored.Slice(from, _view.StoredLength), levels);
            _bursts.Of(levels, bursts);
            largest = Math.Max(largest, gaussian.LargestDistance(bursts, _bursts.Count));
        }

        return largest;
    }
}
