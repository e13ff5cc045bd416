using Platform.Contracts;
using Platform.Hosting;
using Platform.Models;
using Platform.Predictor.Scoring;
using Polly;
using Polly.Retry;

namespace Platform.Predictor.Serving;

/// <summary>
/// Opens the package of a deployment and answers for it: what it returns is what was deployed and computes what it did when
/// trained.
/// </summary>
internal sealed class PackageSource(IObjectStore store, ComputeSlots slots, TimeProvider clock)
{
    // Between processors float32 sums differ in the last digits; a wrong weight or scale differs in the first ones.
    private const double GoldenTolerance = 1e-4;

    // Golden patches that are computed at a stretch while no request waits: two take some two milliseconds, and less than twice what one takes.
    private const int GoldenStep = 2;

    // Names, layers, spec and the objects around the tensors, managed and native.
    private const long Overhead = 256 * 1024;

    // A store that is away for a moment is no fault of the package; one that stays away must not block the other models.
    private readonly ResiliencePipeline _retry = new ResiliencePipelineBuilder { TimeProvider = clock }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 4,
            Delay = TimeSpan.FromMilliseconds(250),
            BackoffType = DelayBackoffType.Exponential,
            ShouldHandle = new PredicateBuilder().Handle<Exception>(exception => !IsAtFault(exception)),
        })
        .Build();

    /// <exception cref="InvalidDataException">The package is not what the deployment says, or does not compute what it should.</exception>
    /// <exception cref="PermanentException">A file is missing or has other bytes than its manifest says.</exception>
    /// <param name="urgent">A request waits for it. Otherwise it is computed in between, a few milliseconds at a time.</param>
    internal async Task<ResidentPackage> Open(ModelDeployed deployed, bool urgent, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var files = await _retry.ExecuteAsync(
            async token => (await Artifacts.Read(store, deployed.PackagePrefix, deployed.PackageManifestSha256, token)).Files, cancellationToken);
        var package = await Compute(() => Read(deployed, files));
        var model = await Compute(() => LoadedModel.Load(package));
        await Verify(model);
        Telemetry.PackageOpened();
        var bytes = Overhead + files.Where(file => file.Key != PackageFiles.Golden).Sum(file => (long)file.Value.Length);
        return new(new(model), bytes, clock.GetUtcNow(), clock.GetElapsedTime(started).TotalMilliseconds);

        Task<T> Compute<T>(Func<T> step) => urgent ? slots.Run(step, CancellationToken.None) : slots.RunWhenIdle(step, CancellationToken.None);

        async Task Verify(LoadedModel loaded)
        {
            try
            {
                // It also warms up: the first pass through a network allocates and compiles what later ones reuse.
                using var steps = loaded.VerifyGoldenInSteps(GoldenTolerance, urgent ? ReconstructionErrors.BatchSize : GoldenStep).GetEnumerator();
                while (await Compute(() => steps.MoveNext() && !steps.Current))
                {
                    // Between two steps whoever has come meanwhile gets the slot.
                }

                loaded.ForgetOrigin();
            }
            catch
            {
                loaded.Dispose();
                throw;
            }
        }
    }

    /// <summary>True for what stays wrong however often it is tried. A store that takes too long is not: its time-outs look like cancellation.</summary>
    internal static bool IsAtFault(Exception exception) =>
        exception is InvalidDataException or ObjectNotFoundException or PermanentException;

    /// <summary>
    /// False when the package itself is at fault, which undoes its deployment on every replica. A store without any model is no
    /// package's fault: it is a folder that was not mounted, or another bucket.
    /// </summary>
    internal async Task<bool> MayPass(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not ObjectNotFoundException)
            return !IsAtFault(exception);
        try
        {
            await using var models = store.List("models/", cancellationToken).GetAsyncEnumerator(cancellationToken);
            return !await models.MoveNextAsync();
        }
        catch (Exception sick) when (sick is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return true; // a store that cannot even say what it has
        }
    }

    private static ModelPackage Read(ModelDeployed deployed, IReadOnlyDictionary<string, byte[]> files)
    {
        var package = ModelPackage.FromFiles(files.ToDictionary(
            file => file.Key, file => new ReadOnlyMemory<byte>(file.Value), StringComparer.Ordinal));
        CheckAgainst(deployed, package);
        return package;
    }

    private static void CheckAgainst(ModelDeployed deployed, ModelPackage package)
    {
        var config = package.Config;
        if (config.ModelId != deployed.ModelId)
            throw new InvalidDataException($"The package is of model {config.ModelId}, deployed was {deployed.ModelId}.");
        if (config.FeatureSpec.Hash != deployed.SpecHash)
            throw new InvalidDataException($"The package's feature spec is {config.FeatureSpec.Hash}, deployed was {deployed.SpecHash}.");
        if (deployed.Devices.Count == 0)
            throw new InvalidDataException("The deployment names no device.");

        foreach (var device in deployed.Devices)
        {
            if (!package.Scales.ContainsKey(device))
                throw new InvalidDataException(
                    $"The package has no scale for device {device}; it was made for {string.Join(", ", config.Devices)}.");
            if (!package.CanJudge(device))
                throw new InvalidDataException($"The package has no threshold of an alarming detector for device {device}.");
        }
    }
}
