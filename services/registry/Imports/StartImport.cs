using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Devices;
using Platform.Registry.Models;
using Platform.Registry.Policies;
using Platform.Registry.Runs;

namespace Platform.Registry.Imports;

/// <summary>What somebody wants to import, beside the files.</summary>
internal sealed record ImportOrder(string? ModelId, int? Version, string Source, string Actor);

/// <summary>What came of asking for an import.</summary>
internal abstract record ImportOutcome
{
    internal sealed record Queued(Run Run, int? Version) : ImportOutcome;

    /// <summary>The same files are a version already, or on their way to one.</summary>
    internal sealed record Known(Run Run, int? Version) : ImportOutcome;

    /// <summary>Field → what is wrong and what is allowed.</summary>
    internal sealed record Refused(IReadOnlyDictionary<string, string> Errors) : ImportOutcome;

    internal sealed record VersionTaken(string ModelId, StandingVersion Version) : ImportOutcome;

    internal sealed record PlaceTaken(string ModelId, int Version) : ImportOutcome;

    internal sealed record AlreadyActive(Run Run) : ImportOutcome;
}

/// <summary>
/// Puts the files of a model into the folder of a new run, then queues the run and <see cref="ImportModel"/> in one transaction. Death in between
/// leaves files of no run, which retention sweeps. The same files again are the same version.
/// </summary>
internal sealed class StartImport(
    NpgsqlDataSource dataSource,
    IObjectStore objects,
    DeviceStore devices,
    RunStore runs,
    ImportStore imports,
    FreeNumber freeNumber,
    IOutbox outbox,
    TimeProvider time)
{
    public async Task<ImportOutcome> Start(ImportOrder order, ImportedFiles files, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string>();
        if ((order.ModelId ?? files.ModelId ?? ModelOfOneDevice(files)) is not { } modelId)
            errors["modelId"] = $"it is missing, and the files are for {files.Devices.Count} devices; give e.g. ?modelId=device/LT-2_all/conv-ae.";
        else if (ImportScope.Resolve(modelId, files.Devices, await devices.Known(cancellationToken), errors) is { } scope)
            return await Start(order, files, scope, cancellationToken);
        return new ImportOutcome.Refused(errors);
    }

    private async Task<ImportOutcome> Start(ImportOrder order, ImportedFiles files, TrainingScope scope, CancellationToken cancellationToken)
    {
        if (await imports.FindSame(scope.ModelId, order.Version, files.ContentSha256, files.PackageSha256, cancellationToken) is { } same)
            return new ImportOutcome.Known((await runs.Find(same.RunId.ToString(), cancellationToken))!, same.Version);
        if (order.Version is { } version)
        {
            if (await imports.FindVersion(scope.ModelId, version, cancellationToken) is { } standing)
                return new ImportOutcome.VersionTaken(scope.ModelId, standing);
            if (await freeNumber.IsTaken(scope.ModelId, version, cancellationToken))
                return new ImportOutcome.PlaceTaken(scope.ModelId, version);
        }

        if (await runs.FindActive(scope.ModelId, cancellationToken) is { } active)
            return new ImportOutcome.AlreadyActive(active);

        var id = Guid.NewGuid();
        var now = time.GetUtcNow();
        var name = RunName.For($"import_{scope.Mode}", scope.Aggregation is null ? scope.Scope : $"{scope.Scope}-{scope.Aggregation}", scope.ModelType, now, id);
        var prefix = $"runs/{name}/import";
        var content = files.Files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value, StringComparer.Ordinal);
        var sha256 = await Artifacts.Publish(objects, prefix, content, cancellationToken)
            ?? throw new InvalidOperationException($"Other files stand in {prefix}, although its run is new.");
        return await Queue(order, files, new(id, name, scope, prefix, sha256, order.Source, now), cancellationToken)
            ? new ImportOutcome.Queued((await runs.Find(id.ToString(), cancellationToken))!, order.Version)
            : new ImportOutcome.AlreadyActive((await runs.FindActive(scope.ModelId, cancellationToken))!);
    }

    private async Task<bool> Queue(ImportOrder order, ImportedFiles files, ImportModel message, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        var resolved = new ResolvedParameters(new() { AutoDeploy = false }, AutoTrain: false, new Dictionary<string, ParameterSource>());
        var planned = new PlannedRun(message.Scope, resolved, message.RunName, RunOrigins.Import, BatchId: null);
        var run = new PrepareTraining(message.RunId, message.RunName, BatchId: null, message.Scope, resolved.Parameters, Champion: null, message.RequestedAt);
        if ((await RunStore.Add(connection, transaction, [(planned, run)], cancellationToken)).Count == 0)
            return false;
        await ImportStore.MarkWaiting(connection, transaction, message.RunId, cancellationToken);
        var import = new ModelImport(message.RunId, message.Scope.ModelId, order.Version, files.ContentSha256, order.Source, order.Actor);
        await ImportStore.Add(connection, transaction, import, cancellationToken);
        await outbox.Enqueue(connection, transaction, message, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static string? ModelOfOneDevice(ImportedFiles files) => files.Devices is [var device] ? $"device/{device}_all/conv-ae" : null;
}
