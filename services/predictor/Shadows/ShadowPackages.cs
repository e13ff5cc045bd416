using Platform.Contracts;
using Platform.Models;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Shadows;

/// <summary>
/// The packages of shadows in memory: a few, and none of the champions', which never make room for them. One package is opened at a time, so two
/// who need the same one share it. Thread-safe.
/// </summary>
internal sealed class ShadowPackages(PackageSource source) : IDisposable
{
    // Shadows are few; beyond this the one that was used longest ago is read from the store again when it is needed.
    private const int Most = 16;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<long, Entry> _entries = [];
    private long _uses;

    /// <summary>The package of a shadow, opened when it is not in memory. The caller says when it is done with it.</summary>
    /// <exception cref="Exception">What <see cref="PackageSource.Open"/> throws.</exception>
    internal async Task<Draining<LoadedModel>> Use(ShadowDeployed shadow, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_entries.TryGetValue(shadow.ShadowId, out var entry) || entry.Sha256 != shadow.PackageManifestSha256)
            {
                var opened = (await source.Open(AsDeployment(shadow), urgent: false, cancellationToken)).Model;
                Remove(shadow.ShadowId);
                while (_entries.Count >= Most)
                    Remove(_entries.MinBy(one => one.Value.LastUse).Key);
                _entries[shadow.ShadowId] = entry = new(opened, shadow.PackageManifestSha256);
            }

            entry.LastUse = ++_uses;
            if (!entry.Package.TryUse())
                throw new InvalidOperationException($"The package of {shadow.ModelId} v{shadow.Version} was let go while it was listed.");
            return entry.Package;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Lets go of a shadow that has ended; who is computing with it finishes first.</summary>
    internal async Task Forget(long shadowId, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        Remove(shadowId);
        _turn.Release();
    }

    public void Dispose()
    {
        foreach (var id in _entries.Keys.ToArray())
            Remove(id);
        _turn.Dispose();
    }

    private void Remove(long shadowId)
    {
        if (_entries.Remove(shadowId, out var entry))
            entry.Package.Done();
    }

    /// <summary>A shadow's package must hold what a champion's must.</summary>
    private static ModelDeployed AsDeployment(ShadowDeployed shadow) => new(
        shadow.ModelId, shadow.Version, shadow.Revision, shadow.Mode, shadow.Devices, shadow.PackagePrefix, shadow.PackageManifestSha256,
        shadow.SpecHash, RunId: null, DatasetId: null, shadow.Actor, shadow.Reason, shadow.StartedAt);

    private sealed class Entry(Draining<LoadedModel> package, string sha256)
    {
        internal Draining<LoadedModel> Package { get; } = package;

        internal string Sha256 { get; } = sha256;

        internal long LastUse { get; set; }
    }
}
