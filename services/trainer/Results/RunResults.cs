using System.Text.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Models;
using Platform.Trainer.Slices;
using Platform.Trainer.Training;

namespace Platform.Trainer.Results;

/// <summary>
/// The end of a run in its folder: everything people look at, then the package, then <c>metadata.json</c>. Each is created
/// only if absent, so repeating it after a crash ends in the same state, and who finds an end announces that one again.
/// </summary>
internal sealed class RunResults(IObjectStore store, RunKeys run, TrainRequested message)
{
    private sealed record EndFile(
        string Status,
        Guid RunId,
        string RunName,
        string ModelId,
        string DatasetId,
        string TrainingDescription,
        long Seed,
        string? Reason,
        int Slice,
        int Attempt,
        string Host,
        string? Device,
        string? GitCommit,
        string? LibtorchVersion,
        string? PackageManifestSha256,
        ModelMetadata? Training,
        DateTimeOffset RequestedAt,
        DateTimeOffset? StartedAt,
        DateTimeOffset EndedAt);

    /// <summary>The end that the run already has; null while it is going on.</summary>
    internal async Task<SliceOutcome?> FindEnd(CancellationToken cancellationToken)
    {
        if (await store.Find($"{run.Package}/{Artifacts.ManifestName}", cancellationToken) is not null)
            return await AnnouncePackage(cancellationToken);
        if (await store.Find(run.Metadata, cancellationToken) is null)
            return null;

        var end = JsonSerializer.Deserialize<EndFile>(await store.ReadAll(run.Metadata, cancellationToken), RunJson.File)!;
        return new SliceOutcome.Failed(new TrainingFailed(end.RunId, end.Reason ?? "unknown", end.Slice, end.Attempt, end.EndedAt));
    }

    internal async Task<SliceOutcome> Fail(string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var end = End(RunStates.Failed, now) with { Reason = reason };
        await store.TryCreate(run.Metadata, JsonSerializer.SerializeToUtf8Bytes(end, RunJson.File), cancellationToken);
        return (await FindEnd(cancellationToken))!;
    }

    internal async Task<SliceOutcome> Complete(
        FinishedRun finished, TrainingState state, TrainingPlan plan, CancellationToken cancellationToken)
    {
        foreach (var (name, content) in await RunFolder.Files(store, run, message, finished, state, plan, cancellationToken))
            await store.TryCreate($"{run.Folder}/{name}", content, cancellationToken);
        await Artifacts.Publish(store, run.Package, finished.Package.ToFiles(), cancellationToken);
        return await AnnouncePackage(cancellationToken);
    }

    private EndFile End(string status, DateTimeOffset at) => new(
        status, message.RunId, run.RunName, message.Scope.ModelId, message.DatasetId, Provenance.Describe(message), message.Parameters.Seed,
        Reason: null, message.Slice, message.Attempt, Environment.MachineName, Device: null, Provenance.GitCommit, LibtorchVersion: null,
        PackageManifestSha256: null, Training: null, message.RequestedAt, StartedAt: null, at);

    // Whoever wrote the package: what stands there is the result of the run.
    private async Task<SliceOutcome> AnnouncePackage(CancellationToken cancellationToken)
    {
        var folder = await Artifacts.Read(store, run.Package, null, cancellationToken);
        var package = ModelPackage.FromFiles(folder.Files.ToDictionary(
            file => file.Key, file => (ReadOnlyMemory<byte>)file.Value, StringComparer.Ordinal));
        var training = package.Metadata;
        var end = End(RunStates.Completed, training.CompletedAt) with
        {
            Host = training.Host,
            Device = training.Device,
            GitCommit = training.GitCommit,
            LibtorchVersion = training.LibtorchVersion,
            PackageManifestSha256 = folder.ManifestSha256,
            Training = training,
            StartedAt = training.StartedAt,
        };
        await store.TryCreate(run.Metadata, JsonSerializer.SerializeToUtf8Bytes(end, RunJson.File), cancellationToken);
        return new SliceOutcome.Completed(new TrainingCompleted(
            message.RunId,
            run.RunName,
            message.Scope,
            message.DatasetId,
            package.Config.FeatureSpec.Hash,
            run.Package,
            folder.ManifestSha256,
            [.. package.Fits.Select(fit => new DeviceThreshold(fit.Device, fit.Detector, fit.Threshold, fit.Count))],
            training.NewErrorDb2,
            training.OldErrorDb2,
            training.ComparedWithVersion,
            training.Epochs,
            training.Steps,
            training.Patches,
            training.Recordings,
            training.TrainingLoss,
            training.ValidationLoss,
            training.TrainingSeconds,
            training.CompletedAt));
    }
}
