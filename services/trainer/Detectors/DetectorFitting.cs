using Platform.Models;
using Platform.Trainer.Datasets;
using Platform.Trainer.Results;
using Platform.Trainer.Training;

namespace Platform.Trainer.Detectors;

/// <summary>
/// Fits every detector to every device that has enough recordings. The test set is left out: nothing in a package follows from it. Deterministic,
/// so a run that is finished twice has one result.
/// </summary>
internal static class DetectorFitting
{
    // Held-out recordings below which the scores of bands have no middle worth the name.
    private const int LeastHeldOut = 3;

    // More do not describe a machine better, and every recording that is scored is compared with each.
    private const int MostReferences = 512;

    // 0.1 dB is less than any microphone repeats; 0.02 is the same of an error's logarithm, 2 %.
    private const double LeastDeviationDb = 0.1;
    private const double LeastDeviationLog = 0.02;

    /// <param name="scores">Of the training and the validation split.</param>
    internal static IReadOnlyList<FittedDetector> Of(TrainingPlan plan, IReadOnlyCollection<string> devices, IReadOnlyList<RecordingScore> scores)
    {
        var bursts = new Bursts(plan.Data.Manifest.Spec);
        var fitted = new List<FittedDetector>();
        foreach (var device in devices)
        {
            RecordingScore[] own = [.. scores.Where(score => score.Recording.Device == device)];
            fitted.Add(Reconstruction(device, own));
            fitted.AddRange(new[] { Bands(device, own) }.OfType<FittedDetector>());
            // Of a recording that was cut in time there are two parts; there are never enough of those to come here.
            RecordingPatches[] recordings = [.. own.Select(score => score.Recording).OrderBy(recording => recording.Patches[0])];
            if (recordings.Length < Folds.LeastRecordings)
                continue;
            fitted.AddRange(Levels(device, recordings, plan.Data.Manifest.NMels));
            if (bursts.Possible)
                fitted.Add(BurstFitting.Fit(plan.Data, bursts, device, recordings));
            fitted.AddRange(new[] { SustainedFitting.Fit(plan.Data, device, recordings, Neighbour) }.OfType<FittedDetector>());
        }

        return fitted;
    }

    private static FittedDetector Reconstruction(string device, RecordingScore[] scores) =>
        new(DetectorConfig.Reconstruction, device, null, Means(scores, heldOut: true), Means(scores, heldOut: false));

    private static double[] Means(RecordingScore[] scores, bool heldOut) =>
        [.. scores.Where(score => score.HeldOut == heldOut).Select(score => score.PatchErrors.Average())];

    // Errors of recordings that the network was fitted on are smaller, and differ less, than those of others: only the latter say what is usual.
    private static FittedDetector? Bands(string device, RecordingScore[] scores)
    {
        var seen = Logs(heldOut: false);
        var unseen = Logs(heldOut: true);
        if (seen.Length < Folds.LeastRecordings || unseen.Length < LeastHeldOut)
            return null;
        var model = new DetectorModel(ShrunkGaussian.Fit(seen, LeastDeviationLog));
        return new(DetectorConfig.Bands, device, model, Scores(model, unseen), Scores(model, seen));

        double[][] Logs(bool heldOut) => [.. scores.Where(score => score.HeldOut == heldOut).Select(score => score.LogBandErrors)];
    }

    private static IEnumerable<FittedDetector> Levels(string device, RecordingPatches[] recordings, int nMels)
    {
        double[][] levels = [.. recordings.Select(recording => recording.Recording.BandMean)];
        if (levels.Any(level => level.Length != nMels))
            yield break; // a dataset from before they were kept
        foreach (var (detector, fit) in new (string, Func<IReadOnlyList<double[]>, DetectorModel>)[]
        {
            (DetectorConfig.Profile, Profile),
            (DetectorConfig.Neighbour, Neighbour),
        })
        {
            var model = fit(levels);
            var unseen = Folds.Scores(levels, fit);
            // To itself a recording is no distance at all, which says nothing of others.
            yield return new(detector, device, model, unseen, detector == DetectorConfig.Neighbour ? unseen : Scores(model, levels));
        }
    }

    private static DetectorModel Profile(IReadOnlyList<double[]> levels) => new(ShrunkGaussian.Fit(levels, LeastDeviationDb));

    private static DetectorModel Neighbour(IReadOnlyList<double[]> levels)
    {
        var gaussian = ShrunkGaussian.Fit(levels, LeastDeviationDb);
        var count = Math.Min(levels.Count, MostReferences);
        return new(gaussian, [.. Enumerable.Range(0, count).Select(i => gaussian.Whiten(levels[(int)((long)i * levels.Count / count)]))]);
    }

    private static double[] Scores(DetectorModel model, double[][] samples) => Array.ConvertAll(samples, sample => model.Score(sample));
}
