using System.Globalization;
using Platform.Dsp;

namespace Platform.Models;

using Scores = IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>;

/// <summary>
/// What the fitted detectors of each device say of the golden patches, as if they were one recording of that device: what a detector's file says, and
/// the device's scale, show in it.
/// </summary>
internal static class GoldenDetectors
{
    // A score is about 1 for what is usual; of a smaller one only so much matters.
    private const double Usual = 1;

    /// <param name="errors">Of the golden patches, under the package's network.</param>
    internal static Scores Of(ModelPackage package, IReadOnlyDictionary<string, DeviceDetectors> detectors, BandErrors errors)
    {
        var fitted = package.Fits.Where(fit => fit.Model is not null).Select(fit => fit.Device).ToHashSet(StringComparer.Ordinal);
        var spec = package.Config.FeatureSpec;
        // Often enough for detectors that need several windows; the same patch again is no other error.
        var times = (new QuietestWindow(spec).LeastPatches - 1) / Math.Max(errors.Patches.Length, 1) + 1;
        double[] repeated = [.. Enumerable.Repeat(errors.Patches, times).SelectMany(patch => patch)];
        var logs = fitted.Count == 0 ? [] : errors.Logarithms(0, errors.Patches.Length);
        return fitted.ToDictionary(
            device => device,
            IReadOnlyDictionary<string, double> (device) => detectors[device]
                .Score(Recording(package.Golden.Patches, spec, package.Scales[device], times), repeated, logs)
                .Where(result => result.Detector != DetectorConfig.Reconstruction) // its score is that of the golden errors
                .ToDictionary(result => result.Detector, result => result.Score, StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    /// <exception cref="InvalidDataException">A detector says something else here, or only one side has it.</exception>
    internal static void Verify(Scores expected, Scores here, double tolerance)
    {
        foreach (var device in expected.Keys.Union(here.Keys).Order(StringComparer.Ordinal))
        {
            var (then, now) = (expected.GetValueOrDefault(device), here.GetValueOrDefault(device));
            foreach (var detector in (then?.Keys ?? []).Union(now?.Keys ?? []).Order(StringComparer.Ordinal))
            {
                var (trained, scored) = (Of(then, detector), Of(now, detector));
                if (trained is null || scored is null || !(Math.Abs(scored.Value - trained.Value) <= tolerance * Math.Max(Math.Abs(trained.Value), Usual)))
                {
                    throw new InvalidDataException(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{PackageFiles.GoldenDetectors}: detector '{detector}' of device '{device}' gives the golden patches {Shown(scored)} here, {Shown(trained)} where it was trained; {tolerance:g3} relative is allowed."));
                }
            }
        }

        static double? Of(IReadOnlyDictionary<string, double>? scores, string detector) =>
            scores is not null && scores.TryGetValue(detector, out var score) ? score : null;

        static string Shown(double? score) => score?.ToString("g9", CultureInfo.InvariantCulture) ?? "no score";
    }

    /// <summary>[times · patches, n_mels, own frames] in dB, whose view under the scale the golden patches are.</summary>
    private static float[] Recording(float[] patches, FeatureSpec spec, Scale scale, int times)
    {
        var (own, frames) = (spec.Extraction.OwnFrames, spec.Frames);
        var rows = patches.Length / frames;
        var stored = new float[times * rows * own];
        var (min, width) = ((float)scale.Min, (float)scale.Width);
        for (var row = 0; row < times * rows; row++)
        {
            for (var frame = 0; frame < own; frame++)
            {
                // A view that crops has no more; levels go on as its last frame.
                stored[row * own + frame] = patches[row % rows * frames + Math.Min(frame, frames - 1)] * width + min;
            }
        }

        return stored;
    }
}
