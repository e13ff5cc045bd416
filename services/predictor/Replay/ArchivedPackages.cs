using Platform.Hosting;
using Platform.Models;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Replay;

/// <summary>
/// Opens the package that scored a recording, from the store, whatever is deployed by now: its bytes are those that were deployed then, it is for this
/// spec and device, and it computes what it did when it was trained.
/// </summary>
internal sealed class ArchivedPackages(IObjectStore store)
{
    // As of a package that is deployed: between processors float32 sums differ in the last digits.
    private const double GoldenTolerance = 1e-4;

    /// <exception cref="ObjectNotFoundException">It is gone: retention deletes versions, and their packages with them.</exception>
    /// <exception cref="ObjectCorruptException">A file is not the one that was deployed.</exception>
    /// <exception cref="StoreAwayException">The store has no package of anybody.</exception>
    /// <exception cref="InvalidDataException">It is another model, of another spec, or does not compute what it should.</exception>
    internal async Task<ArchivedPackage> Open(ScoredRecording scored, CancellationToken cancellationToken)
    {
        var prefix = PrefixOf(scored);
        var folder = await Read(prefix, scored.Provenance.PackageManifestSha256, cancellationToken);
        var package = ModelPackage.FromFiles(folder.Files.ToDictionary(
            file => file.Key, file => new ReadOnlyMemory<byte>(file.Value), StringComparer.Ordinal));
        Check(scored, package);
        var model = LoadedModel.Load(package);
        try
        {
            model.VerifyGolden(GoldenTolerance);
            return new(model, prefix, folder.ManifestSha256);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Where packages of versions stand; what was deployed from elsewhere says so.</summary>
    internal static string PrefixOf(ScoredRecording scored) => scored.Provenance.PackagePrefix ?? $"models/{scored.ModelId}/v{scored.Version}";

    private async Task<ArtifactFolder> Read(string prefix, string? manifestSha256, CancellationToken cancellationToken)
    {
        try
        {
            return await Artifacts.Read(store, prefix, manifestSha256, cancellationToken);
        }
        catch (ObjectNotFoundException exception)
        {
            await using var models = store.List("models/", cancellationToken).GetAsyncEnumerator(cancellationToken);
            if (await models.MoveNextAsync())
                throw;
            throw new StoreAwayException("The object store has no model at all: it is a folder that is not mounted, or another bucket.", exception);
        }
    }

    private static void Check(ScoredRecording scored, ModelPackage package)
    {
        var config = package.Config;
        if (config.ModelId != scored.ModelId)
            throw new InvalidDataException($"The package is of model {config.ModelId}, the recording was scored by {scored.ModelId}.");
        if (config.FeatureSpec.Hash != scored.SpecHash)
            throw new InvalidDataException($"The package's feature spec is {config.FeatureSpec.Hash}, the recording was scored under {scored.SpecHash}.");
        if (!package.Scales.ContainsKey(scored.Features.Device))
            throw new InvalidDataException($"The package has no scale for device {scored.Features.Device}.");
        if (scored.Provenance.RunId is { } run && package.Metadata.RunId != run)
            throw new InvalidDataException($"The package came from run {package.Metadata.RunId}, the version that scored the recording from run {run}.");
    }
}

/// <summary>A version taken out of the archive; its owner disposes it.</summary>
internal sealed record ArchivedPackage(LoadedModel Model, string Prefix, string ManifestSha256) : IDisposable
{
    public void Dispose() => Model.Dispose();
}
