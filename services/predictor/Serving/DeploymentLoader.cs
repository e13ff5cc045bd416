using System.Collections.Concurrent;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Models;
using Polly;
using Polly.Retry;

namespace Platform.Predictor.Serving;

/// <summary>
/// Brings deployments into this replica: loads the package beside the one that serves, checks it, and only then swaps.
/// Whatever is wrong with a package concerns this package alone. Thread-safe; one model's deployments take turns.
/// </summary>
internal sealed partial class DeploymentLoader(
    ServingTable table, PackageSource packages, ServiceIdentity service, TimeProvider clock, ILogger<DeploymentLoader> logger)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _unsettled = new(StringComparer.Ordinal);

    // A store that is away for a moment is no fault of the package; one that stays away must not block the other models.
    private readonly ResiliencePipeline _retry = new ResiliencePipelineBuilder { TimeProvider = clock }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 4,
            Delay = TimeSpan.FromMilliseconds(250),
            BackoffType = DelayBackoffType.Exponential,
            ShouldHandle = new PredicateBuilder().Handle<Exception>(exception => !PackageSource.IsAtFault(exception)),
        })
        .Build();

    /// <summary>True while a model's newest deployment was rejected for a reason that may pass, so that asking again may help.</summary>
    internal bool HasUnsettled => !_unsettled.IsEmpty;

    internal async Task<LoadOutcome> Load(ModelDeployed deployed, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(deployed.ModelId, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await LoadInTurn(deployed, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<LoadOutcome> LoadInTurn(ModelDeployed deployed, CancellationToken cancellationToken)
    {
        var live = table.Find(deployed.ModelId);
        if (live is { Current: var current } && current.Deployed.Deployment >= deployed.Deployment)
            return current.Deployed.Deployment == deployed.Deployment ? new(LoadedMessage(current), null) : LoadOutcome.Outdated;

        _unsettled.TryRemove(deployed.ModelId, out _);
        var started = clock.GetTimestamp();
        try
        {
            _ = Specificity.Rank(deployed.Mode, deployed.ModelId, place: null); // an unknown mode is refused before anything is taken
            var package = InMemory(live, deployed) ?? new(await _retry.ExecuteAsync(
                async token => await packages.Open(deployed, token), cancellationToken));
            var served = new ServedModel(deployed, package, clock.GetUtcNow(), clock.GetElapsedTime(started).TotalMilliseconds);
            table.Swap(served);
            Telemetry.DeploymentLoaded(served.LoadMilliseconds);
            LogLoaded(deployed.ModelId, deployed.Version, deployed.Deployment, served.LoadMilliseconds);
            return new(LoadedMessage(served), null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            var permanent = !await packages.MayPass(exception, cancellationToken);
            if (!permanent)
                _unsettled[deployed.ModelId] = deployed.Deployment;
            Telemetry.DeploymentRejected();
            LogRejected(exception, deployed.ModelId, deployed.Version, deployed.Deployment);
            return new(null, new ModelRejected(
                deployed.ModelId, deployed.Version, deployed.Deployment, service.Instance, exception.Message, clock.GetUtcNow(), permanent));
        }
    }

    /// <summary>A rollback, or a second deployment of one version, finds its package still in memory.</summary>
    private static Draining<LoadedModel>? InMemory((ServedModel Current, ServedModel? Previous)? live, ModelDeployed deployed)
    {
        ServedModel?[] candidates = [live?.Current, live?.Previous];
        return candidates
            .Where(served => served is not null
                && served.Deployed.PackageManifestSha256 == deployed.PackageManifestSha256
                && served.Deployed.SpecHash == deployed.SpecHash
                && !deployed.Devices.Except(served.Deployed.Devices, StringComparer.Ordinal).Any())
            .Select(served => served!.Package)
            .FirstOrDefault(package => package.TryUse());
    }

    private ModelLoaded LoadedMessage(ServedModel served) => new(
        served.Deployed.ModelId, served.Deployed.Version, served.Deployed.Deployment, service.Instance,
        served.LoadMilliseconds, served.LoadedAt);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Serving {ModelId} v{Version}, deployment {Deployment}, loaded in {Milliseconds:F0} ms")]
    private partial void LogLoaded(string modelId, int version, long deployment, double milliseconds);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Rejected {ModelId} v{Version}, deployment {Deployment}; what was served before goes on")]
    private partial void LogRejected(Exception exception, string modelId, int version, long deployment);
}
