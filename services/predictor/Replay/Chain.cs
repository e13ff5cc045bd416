using Platform.Hosting;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Replay;

/// <summary>Collects what became of each link from a recording's bytes to its score.</summary>
internal sealed class Chain(ScoredRecording scored)
{
    private const string AudioName = "audio";
    private const string SpecName = "spec";
    private const string FeaturesName = "features";
    private const string PackageName = "package";
    private const string RunName = "run";
    private const string DatasetName = "dataset";

    private static readonly string[] Order = [AudioName, SpecName, FeaturesName, PackageName, RunName, DatasetName];

    private readonly Dictionary<string, ChainLink> _links = new(StringComparer.Ordinal);
    private readonly List<string> _differences = [];

    private string PackagePrefix => ArchivedPackages.PrefixOf(scored);

    internal void AudioVerified(string key) =>
        Add(new(AudioName, scored.Features.AudioSha256, scored.Features.AudioSha256, LinkStates.Verified, key));

    internal void AudioMissing() => Break(new(
        AudioName, scored.Features.AudioSha256, null, LinkStates.Missing, null,
        $"The archive has no audio {scored.Features.AudioSha256} of {scored.Features.Device} on or about {scored.Features.RecordedAt.UtcDateTime:yyyy-MM-dd}, and quarantine has none."));

    internal void AudioUnusable(string key, Exception exception) => Break(new(
        AudioName, scored.Features.AudioSha256, null,
        exception is ObjectNotFoundException ? LinkStates.Missing : LinkStates.Differs, key, exception.Message));

    internal void PackageVerified(ArchivedPackage package)
    {
        var (kept, metadata) = (scored.Provenance, package.Model.Package.Metadata);
        Add(new(SpecName, scored.SpecHash, package.Model.Package.Config.FeatureSpec.Hash, LinkStates.Verified));
        Add(kept.PackageManifestSha256 is null
            ? new(PackageName, null, package.ManifestSha256, LinkStates.NotKept, package.Prefix, "the score is older than the keeping of this hash; the package stands where its version belongs")
            : new(PackageName, kept.PackageManifestSha256, package.ManifestSha256, LinkStates.Verified, package.Prefix));
        Add(new(RunName, kept.RunId?.ToString(), metadata.RunId.ToString(), kept.RunId is null ? LinkStates.NotKept : LinkStates.Verified, null, metadata.RunName));
        Add(new(
            DatasetName, kept.DatasetId, metadata.DatasetId,
            kept.DatasetId is null ? LinkStates.NotKept : kept.DatasetId == metadata.DatasetId ? LinkStates.Verified : LinkStates.Differs));
        if (kept.DatasetId is { } dataset && dataset != metadata.DatasetId)
            _differences.Add($"The version was trained on dataset {dataset}, its package says {metadata.DatasetId}.");
    }

    internal void PackageUnusable(Exception exception)
    {
        var kept = scored.Provenance;
        Break(new(
            PackageName, kept.PackageManifestSha256, null, exception is ObjectNotFoundException ? LinkStates.Missing : LinkStates.Differs, PackagePrefix,
            exception is ObjectNotFoundException
                ? $"{exception.Message} Of {scored.ModelId} v{scored.Version} nothing can be scored again: retention deletes versions, and their packages a grace later."
                : exception.Message));
        Add(new(SpecName, scored.SpecHash, null, LinkStates.Missing));
        if (kept.RunId is { } run)
            Add(new(RunName, run.ToString(), null, LinkStates.Missing));
        if (kept.DatasetId is { } dataset)
            Add(new(DatasetName, dataset, null, LinkStates.Missing));
    }

    internal void FeaturesVerified(string sha256) =>
        Add(new(FeaturesName, scored.Features.FeatureSetSha256, sha256, LinkStates.Verified, null, "extracted anew from the audio: the same bits"));

    /// <summary>No break of the chain by itself: what counts is the score that they lead to.</summary>
    internal void FeaturesDiffer(string sha256, string how) =>
        Add(new(FeaturesName, scored.Features.FeatureSetSha256, sha256, LinkStates.Differs, null, how));

    internal void FeaturesInstead(string key, ScoreComparison comparison) => Add(new(
        FeaturesName, scored.Features.FeatureSetSha256, scored.Features.FeatureSetSha256, LinkStates.Verified, key,
        $"the patches of then are there, and from them the scores are {comparison.Outcome.Replace('_', ' ')}"));

    internal void FeaturesMissing(string why) => Add(new(FeaturesName, scored.Features.FeatureSetSha256, null, LinkStates.Missing, scored.Features.FeatureSetKey, why));

    internal ReplayedRecording Result(ScoreComparison comparison) => new(
        scored.Features.RecordingId, scored.Features.Device, scored.AlarmId, scored.Features.RecordedAt, scored.ScoredAt,
        scored.ModelId, scored.Version, scored.Deployment,
        comparison.Outcome, comparison.Outcome is ReplayOutcomes.Identical or ReplayOutcomes.WithinTolerance,
        [.. Order.Where(_links.ContainsKey).Select(name => _links[name])],
        comparison.Detectors, scored.Prediction.Verdict, comparison.VerdictNow, [.. _differences, .. comparison.Differences],
        scored.Provenance.ComputedWith, Provenance.Here);

    private void Add(ChainLink link) => _links[link.Name] = link;

    private void Break(ChainLink link)
    {
        Add(link);
        _differences.Add(link.Detail!);
    }
}
