using Platform.Contracts;
using Platform.Dsp;
using Platform.Models;

namespace Platform.Predictor.Serving;

/// <summary>
/// One deployment as this replica serves it. Version, devices and number are always known; the package is in memory, or is loaded when
/// it is needed. What <see cref="ModelMemory"/> changes here it changes under its lock; readers take what they find.
/// </summary>
internal sealed class ServedModel(ModelDeployed deployed)
{
    private volatile ResidentPackage? _package;
    private volatile bool _superseded;
    private volatile FirstLoad? _firstLoad;
    private volatile LoadFailure? _failure;
    private long _lastUse;
    private long _lastRecording;

    internal ModelDeployed Deployed => deployed;

    /// <summary>Null while the package is not in memory.</summary>
    internal ResidentPackage? Package => _package;

    /// <summary>Set once the package has been verified here; stays when it leaves memory.</summary>
    internal FirstLoad? FirstLoad => _firstLoad;

    /// <summary>Names the feature sets that this model can score; null before its package has ever been read.</summary>
    internal string? ExtractionHash => _firstLoad?.ExtractionHash;

    /// <summary>Why the package could not be loaded the last time, for a reason that may pass.</summary>
    internal LoadFailure? Failure { get => _failure; set => _failure = value; }

    /// <summary>A newer deployment of its model serves; this one is the way back.</summary>
    internal bool Superseded => _superseded;

    /// <summary>Nobody will ask for it again; guarded by the lock of <see cref="ModelMemory"/>.</summary>
    internal bool Retired { get; set; }

    /// <summary>When it was last asked for, by <see cref="TimeProvider.GetTimestamp"/>; 0 before the first time.</summary>
    internal long LastUse => Volatile.Read(ref _lastUse);

    /// <summary>When one of its devices last sent a recording, by the same clock; 0 when none did.</summary>
    internal long LastRecording => Volatile.Read(ref _lastRecording);

    /// <summary>The package as it is now, or null when it has to be loaded first.</summary>
    internal ModelLease? TryLease() => _package is { } package && package.Model.TryUse() ? new(this, package) : null;

    internal void Used(long at) => Volatile.Write(ref _lastUse, at);

    internal void HeardRecording(long at) => Volatile.Write(ref _lastRecording, at);

    /// <summary>The devices that the other one served are served by this one from now on.</summary>
    internal void Supersede(ServedModel other)
    {
        other._superseded = true;
        HeardRecording(other.LastRecording);
    }

    internal void Put(ResidentPackage package)
    {
        _firstLoad ??= new(package.LoadedAt, package.LoadMilliseconds, package.ExtractionHash);
        _failure = null;
        _package = package;
    }

    internal ResidentPackage? Take()
    {
        var package = _package;
        _package = null;
        return package;
    }
}

/// <summary>A verified package in memory: weights, scales, thresholds and spec belong together and come and go together.</summary>
/// <param name="Bytes">Estimate of what it occupies.</param>
internal sealed record ResidentPackage(Draining<LoadedModel> Model, long Bytes, DateTimeOffset LoadedAt, double LoadMilliseconds)
{
    internal string ExtractionHash { get; } = Model.Value.Package.Config.FeatureSpec.Extraction.Hash;
}

/// <summary>When a deployment was first verified here, and how long that took.</summary>
internal sealed record FirstLoad(DateTimeOffset At, double Milliseconds, string ExtractionHash);

/// <param name="At">By <see cref="TimeProvider.GetTimestamp"/>.</param>
/// <param name="Pause">How long nobody tries again.</param>
internal sealed record LoadFailure(string Reason, int Attempts, long At, TimeSpan Pause);

/// <summary>The right to use one version's package until disposed; a swap or an eviction meanwhile does not touch it.</summary>
internal sealed class ModelLease(ServedModel served, ResidentPackage package) : IDisposable
{
    private int _returned;

    internal ModelDeployed Deployed => served.Deployed;
    internal LoadedModel Model => package.Model.Value;
    internal Extraction Extraction => Model.Package.Config.FeatureSpec.Extraction;
    internal string ExtractionHash => package.ExtractionHash;
    internal DateTimeOffset LoadedAt => package.LoadedAt;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
            package.Model.Done();
    }
}
