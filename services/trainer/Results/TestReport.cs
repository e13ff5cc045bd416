using Platform.Models;
using Platform.Trainer.Training;

namespace Platform.Trainer.Results;

/// <summary>How the finished model does on recordings that neither training nor any choice has seen; in <c>eval_results.json</c>.</summary>
/// <param name="MeanError">Mean squared error over their patches, in normalised units as the losses.</param>
/// <param name="ShareAboveThreshold">Of the recordings whose device has a threshold; null when none has.</param>
internal sealed record TestReport(int Recordings, int Patches, double MeanError, double? ShareAboveThreshold)
{
    /// <summary>Null without a test set.</summary>
    internal static TestReport? Of(FinishedRun run)
    {
        if (run.TestScores.Count == 0)
            return null;
        double[] errors = [.. run.TestScores.SelectMany(score => score.PatchErrors)];
        bool[] above =
        [
            .. run.TestScores
                .Select(score => (Fit: run.Package.FitOf(DetectorConfig.Reconstruction, score.Recording.Device), score.PatchErrors))
                .Where(score => score.Fit is not null)
                .Select(score => score.PatchErrors.Average() > score.Fit!.Threshold),
        ];
        return new TestReport(
            run.TestScores.Count, errors.Length, FinishedRun.MeanError(run.Package.Config.Aggregation == DeviceBalance.Balanced, run.TestScores), above.Length == 0 ? null : (double)above.Count(exceeded => exceeded) / above.Length);
    }
}
