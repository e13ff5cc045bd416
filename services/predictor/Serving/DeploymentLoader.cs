using System.Collections.Concurrent;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Predictor.Serving;

/// <summary>
/// Brings deployments into this replica: loads the package beside the one that serves, checks it, and only then swaps.
/// Whatever is wrong with a package concerns this package alone. Thread-safe; one model's deployments take turns.
/// </summary>
internal sealed partial class DeploymentLoader(
    ServingTable table,
    PackageSource packages,
    PackageLoads loads,
    ModelMemory memory,
    ServiceIdentity service,
    TimeProvider clock,
    ILogger<DeploymentLoader> logger)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _unsettled = new(StringComparer.Ordinal);

    /// <summary>True while a model's newest deployment was rejected for a reason that may pass, so that asking again may help.</summary>
    internal bool HasUnsettled => !_unsettled.IsEmpty;

    /// <summary>For a deployment that was just made: it is verified here before it serves. Null when somebody else has told the outcome.</summary>
    internal Task<LoadOutcome?> Load(ModelDeployed deployed, CancellationToken cancellationToken) => InTurn(deployed, async () =>
    {
        if (LiveOrNewer(deployed) is not { } live)
            return await Bring(deployed, cancellationToken);
        if (live.FirstLoad is null)
            await FirstLoad(live, cancellationToken); // the catch-up was faster than the announcement, and has only noted it
        return Said(live);
    }, cancellationToken);

    /// <summary>
    /// For a deployment that the registry names at catch-up. Of a model that is new here it is only noted: there may be thousands, and
    /// nothing older could serve meanwhile. Null when there is nothing to say yet.
    /// </summary>
    internal Task<LoadOutcome?> Note(ModelDeployed deployed, CancellationToken cancellationToken) => InTurn(deployed, async () =>
    {
        if (LiveOrNewer(deployed) is { } live)
            return Said(live);
        if (table.Find(deployed.ModelId) is not null || !ScopeModes.All.Contains(deployed.Mode))
            return await Bring(deployed, cancellationToken);

        _unsettled.TryRemove(deployed.ModelId, out _);
        table.Swap(new ServedModel(deployed));
        return null;
    }, cancellationToken);

    private async Task<LoadOutcome?> InTurn(ModelDeployed deployed, Func<Task<LoadOutcome?>> bring, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(deployed.ModelId, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await bring();
        }
        finally
        {
            turn.Release();
        }
    }

    private ServedModel? LiveOrNewer(ModelDeployed deployed) =>
        table.Find(deployed.ModelId) is { Current: var current } && current.Deployed.Deployment >= deployed.Deployment ? current : null;

    // Also to a lower number: a registry that was restored learns from it how far we are.
    private LoadOutcome? Said(ServedModel live) => live.FirstLoad is null ? null : new(LoadOutcome.LoadedMessage(live, service.Instance), null);

    private async Task FirstLoad(ServedModel live, CancellationToken cancellationToken)
    {
        live.Used(clock.GetTimestamp());
        try
        {
            await loads.Load(live, cancellationToken);
        }
        catch (ModelUnavailableException)
        {
            // The load has told the registry, and is tried again.
        }
    }

    private async Task<LoadOutcome?> Bring(ModelDeployed deployed, CancellationToken cancellationToken)
    {
        _unsettled.TryRemove(deployed.ModelId, out _);
        try
        {
            _ = Specificity.Rank(deployed.Mode, deployed.ModelId, place: null); // an unknown mode is refused before anything is taken
            var package = InMemory(deployed) ?? await packages.Open(deployed, urgent: false, cancellationToken);
            var served = new ServedModel(deployed);
            served.Used(clock.GetTimestamp());
            memory.Keep(served, package);
            table.Swap(served);
            Telemetry.DeploymentLoaded(package.LoadMilliseconds);
            LogLoaded(deployed.ModelId, deployed.Version, deployed.Deployment, package.LoadMilliseconds);
            return Said(served);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            var permanent = !await packages.MayPass(exception, cancellationToken);
            if (permanent)
                table.Refuse(deployed, exception.Message);
            else
                _unsettled[deployed.ModelId] = deployed.Deployment;
            Telemetry.DeploymentRejected();
            LogRejected(exception, deployed.ModelId, deployed.Version, deployed.Deployment);
            return new(null, new(
                deployed.ModelId, deployed.Version, deployed.Deployment, service.Instance, exception.Message, clock.GetUtcNow(), permanent));
        }
    }

    /// <summary>A rollback, or a second deployment of one version, finds its package still in memory.</summary>
    private ResidentPackage? InMemory(ModelDeployed deployed)
    {
        var live = table.Find(deployed.ModelId);
        ServedModel?[] candidates = [live?.Current, live?.Previous];
        var package = candidates
            .Where(served => served is not null
                && served.Deployed.PackageManifestSha256 == deployed.PackageManifestSha256
                && served.Deployed.SpecHash == deployed.SpecHash
                && !deployed.Devices.Except(served.Deployed.Devices, StringComparer.Ordinal).Any())
            .Select(served => served!.Package)
            .FirstOrDefault(package => package is not null && package.Model.TryUse());
        return package is null ? null : package with { LoadedAt = clock.GetUtcNow(), LoadMilliseconds = 0 };
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Serving {ModelId} v{Version}, deployment {Deployment}, loaded in {Milliseconds:F0} ms")]
    private partial void LogLoaded(string modelId, int version, long deployment, double milliseconds);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Rejected {ModelId} v{Version}, deployment {Deployment}; what was served before goes on")]
    private partial void LogRejected(Exception exception, string modelId, int version, long deployment);
}
