using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Deployments;
using Platform.Registry.Imports;
using Platform.Registry.Runs;

namespace Platform.Registry.Models;

/// <summary>
/// Turns a finished run's package into a version: number reserved, package copied, row concluded. Each step finds what an earlier,
/// interrupted attempt has done and goes on from there with the same number.
/// </summary>
internal sealed partial class RegisterVersion(
    NpgsqlDataSource dataSource,
    IObjectStore objects,
    RunStore runs,
    RunEndings endings,
    FreeNumber freeNumber,
    DeployVersion deployVersion,
    IOutbox outbox,
    TimeProvider time,
    ILogger<RegisterVersion> logger)
{
    private const string Actor = "registry";

    /// <exception cref="PermanentException">The registry never created this run.</exception>
    public async Task Register(TrainingCompleted completed, CancellationToken cancellationToken)
    {
        var run = await runs.Find(completed.RunId.ToString(), cancellationToken)
            ?? throw new PermanentException($"Run {completed.RunId} ({completed.RunName}) is not known to the registry.");
        if (run.State == RunStates.Completed)
        {
            await AnnounceAgain(run, cancellationToken);
            return;
        }

        if (!RunStates.Active.Contains(run.State))
        {
            LogNotRegistered(run.Name, run.Id, run.State);
            return;
        }

        if (await ReadPackage(completed, cancellationToken) is not { } contents
            || await Reserve(run, cancellationToken) is not { } version)
        {
            return;
        }

        var prefix = $"models/{run.ModelId}/v{version}";
        if (await Copy(completed, prefix, cancellationToken) is { } manifestSha256)
            await Conclude(run, completed, new(version, prefix, manifestSha256, contents), cancellationToken);
    }

    /// <summary>Null when the package can never stand there: the run has failed then and its version is rejected.</summary>
    private async Task<string?> Copy(TrainingCompleted completed, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            return await Artifacts.CopyTo(objects, completed.PackagePrefix, prefix, completed.PackageManifestSha256, cancellationToken);
        }
        catch (PermanentException exception)
        {
            await endings.FailPublishing(completed.RunId, $"The package cannot be published as {prefix}: {exception.Message}", cancellationToken);
            LogPackageRefused(completed.RunName, completed.RunId, exception.Message);
            return null;
        }
    }

    /// <summary>
    /// Reads the whole package before a number is spent on it. A package that is not what the trainer said cannot become right
    /// by waiting, so its run ends as failed; null then.
    /// </summary>
    private async Task<PackageContents?> ReadPackage(TrainingCompleted completed, CancellationToken cancellationToken)
    {
        try
        {
            return PackageContents.Of(await Artifacts.Read(objects, completed.PackagePrefix, completed.PackageManifestSha256, cancellationToken));
        }
        catch (Exception exception) when (exception is PermanentException or ObjectNotFoundException or InvalidDataException)
        {
            var reason = $"The package {completed.PackagePrefix} cannot be registered: {exception.Message}";
            await endings.TryEnd(completed.RunId, RunStates.Failed, reason, cancellationToken);
            LogPackageRefused(completed.RunName, completed.RunId, exception.Message);
            return null;
        }
    }

    /// <summary>The run's version number, the same however often it is asked for; null when the run has ended meanwhile.</summary>
    private async Task<int?> Reserve(Run run, CancellationToken cancellationToken)
    {
        var atLeast = await freeNumber.Find(run.ModelId, cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The run's row is locked first: a cancel comes before the reservation or is refused after it.
        if (await RunRegistration.Hold(connection, transaction, run.Id, cancellationToken) is not { } held)
            return null;
        if (held.Version is { } reserved)
            return reserved;

        var now = time.GetUtcNow().UtcDateTime;
        var wanted = (await ImportStore.Find(connection, transaction, run.Id, cancellationToken))?.Version;
        if ((wanted is null
            ? await VersionStore.Reserve(connection, transaction, run.Id, now, cancellationToken, atLeast)
            : await ImportStore.Reserve(connection, transaction, run.Id, wanted.Value, now, cancellationToken)) is not { } version)
        {
            await transaction.RollbackAsync(cancellationToken);
            await endings.TryEnd(run.Id, RunStates.Failed, $"v{wanted} of {run.ModelId} was given to another run meanwhile.", cancellationToken);
            return null;
        }

        await VersionStore.AddEvent(
            connection, transaction, run.ModelId, new(version, VersionStates.Publishing, now, Actor, $"Run {run.Name}."), cancellationToken);
        await RunRegistration.Bind(connection, transaction, run.Id, version, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return version;
    }

    private async Task Conclude(Run run, TrainingCompleted completed, Package package, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Run before model, as everywhere, so that two transactions never wait for each other.
        if (!await RunRegistration.Complete(connection, transaction, completed, time.GetUtcNow().UtcDateTime, cancellationToken))
        {
            LogNotRegistered(run.Name, run.Id, "ended meanwhile");
            return;
        }

        await DeployVersion.Lock(connection, transaction, run.ModelId, cancellationToken);

        var champion = await DeploymentStore.Champion(connection, transaction, run.ModelId, cancellationToken);
        // The gate compares what was trained here; who imports decides for himself.
        var decision = await ImportStore.Find(connection, transaction, run.Id, cancellationToken) is { } import
            ? new(Accepted: true, Deploy: false, $"Registered, not deployed: imported from {import.Source}.")
            : PromotionGate.Decide(
                Evidence(run, completed),
                champion is null ? null : new(champion.Version, champion.SpecHash, Abandoned(run, completed, champion)));
        var version = await Publish(connection, transaction, run, completed, package, decision, cancellationToken);
        if (decision.Deploy)
        {
            var order = new DeploymentOrder(run.ModelId, package.Version, version.DevicesWithThreshold, Actor, decision.Reason);
            await deployVersion.Deploy(connection, transaction, order, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        LogRegistered(run.ModelId, package.Version, decision.Reason);
    }

    private async Task<ModelVersion> Publish(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        Run run,
        TrainingCompleted completed,
        Package package,
        GateDecision decision,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var before = await VersionStore.Predecessor(connection, transaction, run.ModelId, package.Version, cancellationToken);
        var label = before is null
            ? VersionLabel.First
            : VersionLabel.After(before.Label, before.SpecHash != completed.SpecHash || before.Architecture != package.Contents.Architecture);

        var published = new PublishedVersion(
            run.ModelId, package.Version, decision.Accepted, decision.Reason, label, completed.DatasetId is "" ? null : completed.DatasetId,
            completed.SpecHash, package.Contents.Architecture,
            package.Prefix, package.ManifestSha256, completed.Thresholds, completed.NewErrorDb2, completed.OldErrorDb2,
            completed.ComparedWithVersion, completed.ComparedWithVersion ?? run.ChampionVersion, package.Contents.SizeBytes, package.Contents.Training, now);
        if (!await VersionStore.Conclude(connection, transaction, published, cancellationToken))
            throw new InvalidOperationException($"{run.ModelId} v{package.Version} is not being published, although its run was active.");
        await VersionFiles.Add(connection, transaction, run.ModelId, package.Version, package.Contents.Files, cancellationToken);

        var version = (await VersionStore.Find(connection, transaction, run.ModelId, package.Version, cancellationToken))!;
        await VersionStore.AddEvent(
            connection, transaction, run.ModelId, new(package.Version, version.State, now, Actor, decision.Reason), cancellationToken);
        await outbox.Enqueue(connection, transaction, version.ToMessage(), cancellationToken);
        return version;
    }

    /// <summary>The message came again, so its sender or our answer was lost: whoever missed the result gets it once more.</summary>
    private async Task AnnounceAgain(Run run, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        var version = (await VersionStore.Find(connection, transaction, run.ModelId, run.Version!.Value, cancellationToken))!;
        await outbox.Enqueue(connection, transaction, version.ToMessage(), cancellationToken);
        if (await DeploymentStore.Champion(connection, transaction, run.ModelId, cancellationToken) is { } champion && champion.Version == version.Version)
            await outbox.Enqueue(connection, transaction, champion.ToMessage(), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>A device that left the scope meanwhile is not among them: it is no longer this model's.</summary>
    private static IReadOnlyList<string> Abandoned(Run run, TrainingCompleted completed, Deployment champion) =>
        [.. champion.Devices.Intersect(run.Devices, StringComparer.Ordinal).Except(completed.Thresholds.Select(threshold => threshold.Device), StringComparer.Ordinal)];

    private static GateEvidence Evidence(Run run, TrainingCompleted completed) => new(
        completed.SpecHash,
        completed.Thresholds.Count(threshold => run.Devices.Contains(threshold.Device)),
        completed.NewErrorDb2,
        completed.OldErrorDb2,
        completed.ComparedWithVersion,
        run.ChampionVersion,
        run.Parameters.RollbackFactor,
        run.Parameters.AutoDeploy,
        run.Parameters.Mode == TrainingModes.ColdStart,
        run.Parameters.Force);

    private sealed record Package(int Version, string Prefix, string ManifestSha256, PackageContents Contents);

    [LoggerMessage(Level = LogLevel.Information, Message = "Registered {ModelId} v{Version}: {Reason}")]
    private partial void LogRegistered(string modelId, int version, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The package of run {RunName} ({RunId}) is not registered: the run is {State}")]
    private partial void LogNotRegistered(string runName, Guid runId, string state);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunName} ({RunId}) failed: {Reason}")]
    private partial void LogPackageRefused(string runName, Guid runId, string reason);
}
