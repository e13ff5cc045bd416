using System.Text.Json;
using MassTransit;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Models;
using Platform.Trainer.Results;
using Platform.Trainer.Slices;

namespace Platform.Trainer.Imports;

/// <summary>
/// Makes a package of a model that was trained elsewhere. Safe to redeliver: the package that stands is announced again, and what was refused is
/// refused again. Nothing in the files is executed.
/// </summary>
internal sealed partial class ImportModelConsumer(IObjectStore store, TimeProvider time, ILogger<ImportModelConsumer> logger) : IConsumer<ImportModel>
{
    public async Task Consume(ConsumeContext<ImportModel> context)
    {
        var message = context.Message;
        var run = new RunKeys(message.RunName);
        if (await store.Find(run.Cancelled, context.CancellationToken) is not null)
        {
            Cancelled(logger, message.RunName);
            return;
        }

        try
        {
            var completed = await Import(message, run, context.CancellationToken);
            await context.Publish(completed, context.CancellationToken);
            Imported(logger, message.RunName, message.Scope.ModelId, message.Source);
        }
        catch (Exception exception) when (exception is InvalidDataException or PermanentException or ObjectNotFoundException)
        {
            await context.Publish(new TrainingFailed(message.RunId, exception.Message, Slice: 0, Attempt: 1, time.GetUtcNow()), context.CancellationToken);
            Refused(logger, message.RunName, message.Source, exception.Message);
        }
    }

    private async Task<TrainingCompleted> Import(ImportModel message, RunKeys run, CancellationToken cancellationToken)
    {
        var given = await Artifacts.Read(store, message.FilesPrefix, message.FilesManifestSha256, cancellationToken);
        var (package, files) = ImportedModel.Read(
            message, given.Files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value, StringComparer.Ordinal));

        // Who was first decides: another machine may compute golden scores that differ in the last digit.
        var sha256 = await Artifacts.Publish(store, run.Package, files, cancellationToken)
            ?? (await Artifacts.Read(store, run.Package, null, cancellationToken)).ManifestSha256;
        await Describe(message, run, package, sha256, cancellationToken);
        return new TrainingCompleted(
            message.RunId,
            message.RunName,
            message.Scope,
            DatasetId: "",
            package.Config.FeatureSpec.Hash,
            run.Package,
            sha256,
            [.. package.Fits.Select(fit => new DeviceThreshold(fit.Device, fit.Detector, fit.Threshold, fit.Count))],
            NewErrorDb2: null,
            OldErrorDb2: null,
            ComparedWithVersion: null,
            package.Metadata.Epochs,
            package.Metadata.Steps,
            package.Metadata.Patches,
            package.Metadata.Recordings,
            package.Metadata.TrainingLoss,
            package.Metadata.ValidationLoss,
            package.Metadata.TrainingSeconds,
            time.GetUtcNow());
    }

    /// <summary>The run's folder says what was imported, as that of a training says what was trained.</summary>
    private async Task Describe(ImportModel message, RunKeys run, ModelPackage package, string packageSha256, CancellationToken cancellationToken)
    {
        var config = JsonSerializer.SerializeToUtf8Bytes(
            new { message.RunId, message.RunName, message.Scope, message.Source, message.FilesManifestSha256, message.RequestedAt }, RunJson.File);
        var metadata = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Status = RunStates.Completed,
                message.RunId,
                message.RunName,
                message.Scope.ModelId,
                message.Source,
                Provenance.GitCommit,
                PackageManifestSha256 = packageSha256,
                Training = package.Metadata,
                EndedAt = time.GetUtcNow(),
            },
            RunJson.File);
        await store.TryCreate($"{run.Folder}/config.json", config, cancellationToken);
        await store.TryCreate(run.Metadata, metadata, cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "Run {Run}: imported {ModelId} from {Source}.")]
    private static partial void Imported(ILogger logger, string run, string modelId, string source);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: what came from {Source} is refused: {Reason}")]
    private static partial void Refused(ILogger logger, string run, string source, string reason);

    [LoggerMessage(LogLevel.Information, "Run {Run}: the import was cancelled.")]
    private static partial void Cancelled(ILogger logger, string run);
}
