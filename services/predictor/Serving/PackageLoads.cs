using System.Collections.Concurrent;
using MassTransit;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Predictor.Serving;

/// <summary>
/// Loads packages of deployments that are served already, when they are first needed: one load however many wait for it, none again for
/// a while after one failed. Thread-safe.
/// </summary>
/// <remarks>What it finds out it also tells the registry: a package that turns out to be damaged is undone like one refused at its deployment.</remarks>
internal sealed partial class PackageLoads(
    PackageSource packages,
    ModelMemory memory,
    ServingTable table,
    ServiceIdentity service,
    IBus bus,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<PackageLoads> logger)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ServedModel, Lazy<Task>> _running = new();

    /// <summary>Returns when the package is, or was for a moment, in memory, or when the model has been withdrawn for its fault.</summary>
    /// <exception cref="ModelUnavailableException">It could not be loaded for a reason that may pass, now or a moment ago.</exception>
    internal Task Load(ServedModel model, CancellationToken cancellationToken)
    {
        if (Resting(model))
            throw new ModelUnavailableException(model.Failure!.Reason);

        // The load belongs to nobody who waits for it: it goes on when one of them gives up.
        return _running.GetOrAdd(model, one => new Lazy<Task>(() => Task.Run(() => Run(one)))).Value.WaitAsync(cancellationToken);
    }

    /// <summary>Its load failed a moment ago, and nobody tries again yet.</summary>
    internal bool Resting(ServedModel model) => model.Failure is { } failure && clock.GetElapsedTime(failure.At) < failure.Pause;

    private async Task Run(ServedModel model)
    {
        var stopping = lifetime.ApplicationStopping;
        var (deployed, failure, first) = (model.Deployed, model.Failure, model.FirstLoad is null);
        try
        {
            if (model.Package is not null)
                return; // somebody else's load ended between this one's look and its beginning
            memory.Keep(model, await packages.Open(deployed, urgent: model.LastUse != 0, stopping));
            if (failure is not null)
                table.Changed.Raise(); // recordings may have waited for it
            if (first)
                _ = Tell(new LoadOutcome(LoadOutcome.LoadedMessage(model, service.Instance), null), stopping);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            var permanent = !await packages.MayPass(exception, stopping);
            Telemetry.DeploymentRejected();
            LogFailed(exception, deployed.ModelId, deployed.Version, deployed.Deployment);
            _ = Tell(
                new LoadOutcome(null, new ModelRejected(
                    deployed.ModelId, deployed.Version, deployed.Deployment, service.Instance, exception.Message, clock.GetUtcNow(), permanent)),
                stopping);
            if (permanent)
            {
                table.Withdraw(model, exception.Message);
                return;
            }

            var attempts = (failure?.Attempts ?? 0) + 1;
            var pause = ShortestPause * Math.Pow(2, Math.Min(attempts - 1, 10));
            model.Failure = new(
                $"{deployed.ModelId} v{deployed.Version} cannot be loaded now: {exception.Message}", attempts, clock.GetTimestamp(),
                pause < LongestPause ? pause : LongestPause);
            throw new ModelUnavailableException(model.Failure.Reason, exception);
        }
        finally
        {
            _running.TryRemove(model, out _);
        }
    }

    // Nobody's score waits for the broker. What it does not take now is said again when the replica next catches up with the registry.
    private async Task Tell(LoadOutcome outcome, CancellationToken stopping)
    {
        try
        {
            await outcome.Announce(bus, stopping);
        }
        catch (Exception exception)
        {
            LogUntold(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Cannot load {ModelId} v{Version}, deployment {Deployment}")]
    private partial void LogFailed(Exception exception, string modelId, int version, long deployment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker does not take what became of a load; the next catch-up repeats it")]
    private partial void LogUntold(Exception exception);
}
