using Platform.Models;
using Platform.Trainer.Datasets;

namespace Platform.Trainer.Detectors;

/// <summary>
/// Fits the detector of what lasts, for machines that it can be narrow for: those whose recordings are long enough to tell it from what passes by, and
/// that did not drift while they were recorded. Other machines have none, and their faults are left to detectors with a margin.
/// </summary>
internal static class SustainedFitting
{
    // Machines that do not drift measure 0.9 to 1.1 with two dozen recordings, bearings that run in and wear 1.3 to 1.7: docs/detection.md.
    private const double MostDrift = 1.1;

    /// <param name="recordings">In the order of time.</param>
    internal static FittedDetector? Fit(
        TrainingData data, string device, RecordingPatches[] recordings, Func<IReadOnlyList<double[]>, DetectorModel> fit)
    {
        var quietest = new QuietestWindow(data.Manifest.Spec);
        RecordingPatches[] lasting = [.. recordings.Where(recording => recording.Patches.Length >= quietest.LeastPatches)];
        if (lasting.Length < Folds.LeastRecordings || !HaveAnOrder(lasting))
            return null;
        double[][] levels = [.. lasting.Select(recording => Levels(data, quietest, device, recording))];
        var scores = Folds.Scores(levels, fit);
        var drift = Folds.Drift(levels, scores, fit);
        return drift <= MostDrift ? new(DetectorConfig.Sustained, device, fit(levels), scores, scores) { Drift = drift } : null;
    }

    // Recordings that all came at once, by their times, are in no order, and then drift does not show.
    private static bool HaveAnOrder(RecordingPatches[] recordings) =>
        2 * recordings.Select(recording => recording.Recording.RecordedAt).Distinct().Count() > recordings.Length;

    private static double[] Levels(TrainingData data, QuietestWindow quietest, string device, RecordingPatches recording)
    {
        var (levels, patch) = (new double[data.Manifest.NMels], new float[data.PatchLength]);
        Array.Fill(levels, double.PositiveInfinity);
        var scale = data.Devices[device];
        var (min, width) = ((float)scale.Min, (float)scale.Width);
        foreach (var number in recording.Patches)
        {
            data.Gather([number], patch);
            for (var i = 0; i < patch.Length; i++)
                patch[i] = patch[i] * width + min;
            quietest.Add(patch, levels);
        }

        return levels;
    }
}
