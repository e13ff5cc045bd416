using Platform.Contracts;
using Platform.Models;
using TorchSharp;

namespace Platform.Predictor.Scoring;

/// <summary>Where a score came from, as far as the recording and the version do not say it: enough to give it again years later.</summary>
/// <param name="PackageManifestSha256">Null, as all here, for a score of a time when it was not kept.</param>
/// <param name="RunId">Null for an imported model, as is the dataset.</param>
/// <param name="ComputedWith">Another libtorch or instruction set rounds differently.</param>
internal sealed record Provenance(string? PackagePrefix, string? PackageManifestSha256, Guid? RunId, string? DatasetId, string? ComputedWith)
{
    /// <summary>What this process computes with.</summary>
    internal static string Here { get; } = $"libtorch {torch.__version__} {InstructionSet.Current}";

    internal static Provenance Of(ModelDeployed deployed) =>
        new(deployed.PackagePrefix, deployed.PackageManifestSha256, deployed.RunId, deployed.DatasetId, Here);
}
