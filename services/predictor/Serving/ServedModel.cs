using Platform.Contracts;
using Platform.Dsp;
using Platform.Models;

namespace Platform.Predictor.Serving;

/// <summary>
/// One deployment in memory: weights, scales, thresholds, spec, version and deployment number belong together and are
/// replaced together. Immutable; holds one use of its package until <see cref="Retire"/>.
/// </summary>
internal sealed record ServedModel(ModelDeployed Deployed, Draining<LoadedModel> Package, DateTimeOffset LoadedAt, double LoadMilliseconds)
{
    /// <summary>Names the feature sets that this model can score.</summary>
    internal string ExtractionHash { get; } = Package.Value.Package.Config.FeatureSpec.Extraction.Hash;

    internal void Retire() => Package.Done();
}

/// <summary>The right to use a served model until disposed; a swap meanwhile does not touch it.</summary>
internal sealed class ModelLease(ServedModel served) : IDisposable
{
    private int _returned;

    internal ModelDeployed Deployed => served.Deployed;
    internal LoadedModel Model => served.Package.Value;
    internal Extraction Extraction => Model.Package.Config.FeatureSpec.Extraction;
    internal string ExtractionHash => served.ExtractionHash;
    internal DateTimeOffset LoadedAt => served.LoadedAt;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
            served.Package.Done();
    }
}
