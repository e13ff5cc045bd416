using Platform.Models;
using Platform.Predictor.Replay;
using Platform.Predictor.Scoring;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Explanations;

/// <summary>The exact version that scored a recording: from memory while it is there, else from the store.</summary>
internal sealed class ScoringVersions(ServingTable table, ArchivedPackages packages)
{
    /// <exception cref="Platform.Hosting.ObjectNotFoundException">It is not served any more, and its package is gone.</exception>
    /// <exception cref="Platform.Hosting.ObjectCorruptException">Its package is not what it was.</exception>
    /// <exception cref="InvalidDataException">Likewise.</exception>
    internal async Task<BorrowedVersion> Borrow(ScoredRecording scored, CancellationToken cancellationToken)
    {
        if (InMemory(scored) is { } package)
            return new(package.Value, package.Done);

        var archived = await packages.Open(scored, cancellationToken);
        return new(archived.Model, archived.Dispose);
    }

    private Draining<LoadedModel>? InMemory(ScoredRecording scored)
    {
        var live = table.Find(scored.ModelId);
        ServedModel?[] candidates = [live?.Current, live?.Previous];
        return candidates
            .Where(served => served is not null && served.Deployed.Version == scored.Version
                && served.Deployed.PackageManifestSha256 == scored.Provenance.PackageManifestSha256)
            .Select(served => served!.Package?.Model)
            .FirstOrDefault(package => package?.TryUse() == true);
    }
}

/// <summary>A loaded version until it is given back.</summary>
internal sealed class BorrowedVersion(LoadedModel model, Action giveBack) : IDisposable
{
    internal LoadedModel Model => model;

    public void Dispose() => giveBack();
}
