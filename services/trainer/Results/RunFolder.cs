using System.Text.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Models;
using Platform.Trainer.Slices;
using Platform.Trainer.Training;

namespace Platform.Trainer.Results;

/// <summary>The files of a finished run as people know them from Hugging Face's trainer, relative to <c>runs/{run}/</c>.</summary>
internal static class RunFolder
{
    internal static async Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> Files(
        IObjectStore store,
        RunKeys run,
        TrainRequested message,
        FinishedRun finished,
        TrainingState state,
        TrainingPlan plan,
        CancellationToken cancellationToken)
    {
        var package = finished.Package.ToFiles();
        return new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["config.json"] = Json(new
            {
                message.RunId,
                message.RunName,
                message.BatchId,
                message.Scope,
                message.Parameters,
                message.Champion,
                message.DatasetId,
                message.DatasetManifestKey,
                message.DatasetManifestSha256,
                message.RequestedAt,
                Used = new
                {
                    plan.MaxSteps,
                    plan.StepsPerEpoch,
                    state.Device,
                    state.Precision,
                    state.Threads,
                    state.LibtorchVersion,
                    state.InstructionSet,
                    state.StartedFrom,
                },
            }),
            ["model/pytorch_model.bin"] = package[PackageFiles.Weights],
            ["model/config.json"] = package[PackageFiles.Config],
            ["model/training_args.json"] = Json(new
            {
                message.Parameters,
                plan.StepsPerEpoch,
                plan.MaxSteps,
                TrainingPatches = plan.Split.TrainingPatches.Length,
                ValidationPatches = plan.Split.ValidationPatches.Length,
                TestPatches = plan.Split.TestPatches.Length,
                state.Threads,
                state.LibtorchVersion,
                state.InstructionSet,
            }),
            ["results/eval_results.json"] = Json(new
            {
                state.TrainingLoss,
                finished.Package.Metadata.ValidationLoss,
                finished.BaselineLoss,
                state.BestStep,
                state.Step,
                state.Epoch,
                state.StoppedEarly,
                finished.Package.Metadata.NewErrorDb2,
                finished.Package.Metadata.OldErrorDb2,
                finished.Package.Metadata.ComparedWithVersion,
                finished.Package.Config.Detectors,
                Thresholds = finished.Package.Fits,
                ThresholdsFrom = finished.Thresholds.From,
                Test = TestReport.Of(finished),
            }),
            ["results/predictions.json"] = Json(finished.Scores.Select(score => Prediction(finished.Package, score, score.HeldOut ? "validation" : "train"))
                .Concat(finished.TestScores.Select(score => Prediction(finished.Package, score, "test")))),
            ["results/loss_curve.svg"] = LossCurve.Draw(state.Metrics, state.BestStep),
            ["logs/training.log"] = await JoinedLog(store, run, cancellationToken),
            ["logs/metrics.json"] = Json(state.Metrics),
        };
    }

    private static object Prediction(ModelPackage package, RecordingScore score, string split)
    {
        var anomalyScore = score.PatchErrors.Average();
        var threshold = package.FitOf(DetectorConfig.Reconstruction, score.Recording.Device)?.Threshold;
        return new
        {
            score.Recording.Recording.RecordingId,
            score.Recording.Device,
            score.Recording.Recording.RecordedAt,
            Split = split,
            Score = anomalyScore,
            Threshold = threshold,
            Exceeded = anomalyScore > threshold,
            score.PatchErrors,
        };
    }

    private static async Task<ReadOnlyMemory<byte>> JoinedLog(IObjectStore store, RunKeys run, CancellationToken cancellationToken)
    {
        using var log = new MemoryStream();
        await foreach (var part in store.List(run.Logs + "training-", cancellationToken))
            log.Write(await store.ReadAll(part.Key, cancellationToken));
        return log.ToArray();
    }

    private static ReadOnlyMemory<byte> Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value, RunJson.File);
}
