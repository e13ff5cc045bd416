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
        IReadOnlyList<string> Notes,
        DateTimeOffset RequestedAt,
        DateTimeOffset? StartedAt,
        DateTimeOffset EndedAt);

    /// <summary>As far as the run has come, for the metadata of one that ends without a package.</summary>
    internal TrainingState? Known { get; set; }

    /// <summary>The end that the run already has; null while it is going on.</summary>
    internal async Task<SliceOutcome?> FindEnd(CancellationToken cancellationToken)
    {
        if (await store.Find($"{run.Package}/{Artifacts.ManifestName}", cancellationToken) is not null)
            return await AnnouncePackage(cancellationToken);
        if (await store.Find(run.Metadata, cancellationToken) is null)
            return null;

        var end = JsonSerializer.Deserialize<EndFile>(await store.ReadAll(run.Metadata, cancellationToken), RunJson.File)!;
        return end.Status == RunStates.Cancelled
            ? new SliceOutcome.Dropped("the run was cancelled.")
            : new SliceOutcome.Failed(new TrainingFailed(end.RunId, end.Reason ?? "unknown", end.Slice, end.Attempt, end.EndedAt));
    }

    internal Task<SliceOutcome> Fail(string reason, DateTimeOffset now, CancellationToken cancellationToken) =>
        EndWithout(RunStates.Failed, reason, now, cancellationToken);

    internal Task<SliceOutcome> Cancel(DateTimeOffset now, CancellationToken cancellationToken) =>
        EndWithout(RunStates.Cancelled, "Cancelled by request.", now, cancellationToken);

    internal async Task<SliceOutcome> Complete(
        FinishedRun finished, TrainingState state, TrainingPlan plan, CancellationToken cancellationToken)
    {
        foreach (var (name, content) in await RunFolder.Files(store, run, message, finished, state, plan, cancellationToken))
            await store.TryCreate($"{run.Folder}/{name}", content, cancellationToken);
        var package = finished.Package.ToFiles();
        var best = new Dictionary<string, ReadOnlyMemory<byte>> { [PackageFiles.Weights] = package[PackageFiles.Weights] };
        await Artifacts.Publish(store, run.Best(state.BestStep), best, cancellationToken);
        await Artifacts.Publish(store, run.Package, package, cancellationToken);
        return await AnnouncePackage(cancellationToken);
    }

    private async Task<SliceOutcome> EndWithout(string status, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var end = End(status, now) with
        {
            Reason = reason,
            // Of the weights; without any, of whoever found that there will be none.
            LibtorchVersion = Known?.LibtorchVersion ?? TorchSharp.torch.__version__,
            Notes = Known?.Notes ?? [],
            StartedAt = Known?.StartedAt ?? await new RunStarts(store, run, message.Slice, delivery: 0).FirstAt(cancellationToken),
        };
        await store.TryCreate(run.Metadata, JsonSerializer.SerializeToUtf8Bytes(end, RunJson.File), cancellationToken);
        return (await FindEnd(cancellationToken))!;
    }

    private EndFile End(string status, DateTimeOffset at) => new(
        status, message.RunId, run.RunName, message.Scope.ModelId, message.DatasetId, Provenance.Describe(message), message.Parameters.Seed,
        Reason: null, message.Slice, message.Attempt, Environment.MachineName, Known?.Device, Provenance.GitCommit, LibtorchVersion: null,
        PackageManifestSha256: null, Training: null, Notes: [], message.RequestedAt, StartedAt: null, at);

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
            Notes = training.Notes,
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
