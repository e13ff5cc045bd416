using System.Globalization;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Models;
using Platform.Trainer.Datasets;
using Platform.Trainer.Detectors;
using Platform.Trainer.Training;

namespace Platform.Trainer.Results;

/// <summary>What a finished training is worth: scores, thresholds, comparison, and the package of it all.</summary>
/// <param name="BaselineLoss">Mean squared error of always predicting the mean of the fitted patches.</param>
/// <param name="Scores">Of the training and the validation split.</param>
/// <param name="TestScores">Of the test set, from which nothing in the package follows.</param>
internal sealed record FinishedRun(
    ModelPackage Package,
    double BaselineLoss,
    IReadOnlyList<RecordingScore> Scores,
    IReadOnlyList<RecordingScore> TestScores,
    Thresholds Thresholds)
{
    // Enough for a loader to see that it computes the same, small enough to lie in every package.
    private const int GoldenPatches = 4;

    /// <summary>Runs on the training thread.</summary>
    /// <exception cref="InvalidDataException">The network is not worth handing over; the message says why.</exception>
    internal static FinishedRun Evaluate(
        TrainRequested run, TrainingPlan plan, TrainingSession session, Champion champion, DateTimeOffset now)
    {
        var (data, split, state) = (plan.Data, plan.Split, session.State);
        var network = session.TakeBest();
        HandOverCheck.Shape(network, data.Manifest.NMels, data.Manifest.Frames);
        List<RecordingScore> scores = [.. Score(split.Training, heldOut: false), .. Score(split.Validation, heldOut: true)];
        List<RecordingScore> testScores = [.. Score(split.Test, heldOut: true)];
        HandOverCheck.Finite([.. scores, .. testScores]);
        var baseline = HandOverCheck.Errors(plan, scores);

        var heldOut = scores.Where(score => score.HeldOut).ToList();
        var comparison = champion.Compare(plan);
        double? newError = heldOut.Count == 0 ? null : DeviceBalance.Mean(plan.Balanced, heldOut
            .Where(score => comparison?.Devices.Contains(score.Recording.Device) ?? true)
            .SelectMany(score => score.PatchErrors.Select(error => (score.Recording.Device, error * Math.Pow(data.Devices[score.Recording.Device].Width, 2)))));
        var metadata = new ModelMetadata(
            run.RunId, run.RunName, run.DatasetId, state.Seed, state.Threads, state.LibtorchVersion, state.InstructionSet, Environment.MachineName,
            state.StartedAt, now, state.TrainingSeconds, state.Epoch, state.Step, state.BestStep, data.PatchCount, data.Recordings.Count,
            split.ValidationPatches.Length, split.Validation.Count, state.TrainingLoss, heldOut.Count == 0 ? null : MeanError(plan.Balanced, heldOut),
            newError, comparison?.ErrorDb2, comparison?.Version, state.StartedFrom,
            [.. state.Notes, .. comparison?.Notes ?? []],
            state.Device, Provenance.GitCommit, Provenance.Describe(run), state.Precision);

        string[] devices = [.. data.Devices.Keys.Order(StringComparer.Ordinal)];
        var thresholds = Thresholds.Of(run.Parameters, DetectorFitting.Of(plan, devices, scores));
        var package = new ModelPackage(
            new ModelConfig(
                run.Scope.ModelId, run.Scope.Mode, run.Scope.Scope, run.Scope.Aggregation, plan.Architecture, data.Manifest.Spec, thresholds.Detectors,
                devices),
            metadata,
            ModuleState.Capture(network),
            data.Devices.Values.Aggregate((all, scale) => all.Union(scale)),
            data.Devices,
            thresholds.Used,
            Golden(data, split, network));
        return new FinishedRun(LoadedModel.WithGoldenDetectors(package), baseline, scores, testScores, thresholds);

        IEnumerable<RecordingScore> Score(IEnumerable<RecordingPatches> recordings, bool heldOut) => recordings.Select(recording =>
        {
            var errors = PatchErrors.OfBands(network, data, recording.Patches);
            return new RecordingScore(recording, heldOut, errors.Patches, errors.Logarithms(0, errors.Patches.Length));
        });
    }

    /// <summary>In normalised units, as the losses.</summary>
    internal static double MeanError(bool balanced, IEnumerable<RecordingScore> scores) =>
        DeviceBalance.Mean(balanced, scores.SelectMany(score => score.PatchErrors.Select(error => (score.Recording.Device, error))));

    private static GoldenScores Golden(TrainingData data, DataSplit split, ConvAutoencoder network)
    {
        var recordings = split.Validation.Count > 0 ? split.Validation : split.Training;
        var patches = data.Gather([.. recordings.Take(GoldenPatches).Select(recording => recording.Patches[0])]);
        return new GoldenScores(patches, ReconstructionErrors.Of(network, patches, data.Manifest.NMels, data.Manifest.Frames));
    }
}

/// <summary>The patch errors of one recording of the dataset under the new model.</summary>
/// <param name="HeldOut">The model was not fitted on it.</param>
/// <param name="LogBandErrors">Logarithm of its mean error per mel band.</param>
internal sealed record RecordingScore(RecordingPatches Recording, bool HeldOut, double[] PatchErrors, double[] LogBandErrors);
