using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Models;

namespace Platform.Predictor.Tests;

/// <summary>A real package with weights of its own seed. Untrained, but it scores: other weights, other scores.</summary>
internal sealed record SampleModel(ModelPackage Package)
{
    private static readonly Architecture Tiny = new() { Channels = [4, 8] };

    internal string Id => Package.Config.ModelId;

    internal static SampleModel Create(string device, long seed, double threshold = 1e6, FeatureSpec? spec = null) =>
        Create("device", $"{device}_all", null, [device], seed, threshold, spec);

    internal static SampleModel Create(
        string mode, string scope, string? aggregation, string[] devices, long seed, double threshold = 1e6, FeatureSpec? spec = null)
    {
        var shown = (spec ?? SampleAudio.Spec) with { Name = null };
        using var network = Tiny.Create(seed);
        var scales = devices.ToDictionary(device => device, _ => new Scale(-100, 0));
        var golden = new PatchView(shown).ApplyAll(SampleAudio.Features(SampleAudio.Hum(), shown).Patches, 4, scales[devices[0]]);
        network.eval();

        return new(new ModelPackage(
            new ModelConfig(
                string.Join('/', new[] { mode, scope, aggregation, "conv-ae" }.Where(part => part is not null)), mode, scope, aggregation,
                Tiny, shown, [new DetectorConfig(DetectorConfig.Reconstruction, Alarming: true, DetectorFit.MeanPlusSigma)], devices),
            new ModelMetadata(
                Guid.NewGuid(), "run", "dataset", seed, Threads: 1, "any", "any", "test", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch,
                TrainingSeconds: 0, Epochs: 0, Steps: 0, BestStep: 0, Patches: 4, Recordings: 1, ValidationPatches: 0, ValidationRecordings: 0,
                TrainingLoss: null, ValidationLoss: null, NewErrorDb2: null, OldErrorDb2: null, ComparedWithVersion: null, StartedFrom: null, Notes: []),
            ModuleState.Capture(network),
            new Scale(-100, 0),
            scales,
            [.. devices.Select(device => new DetectorFit(DetectorConfig.Reconstruction, device, threshold, 0, 0, 3, 0, 0, 2))],
            new GoldenScores(golden, ReconstructionErrors.Of(network, golden, shown.Extraction.NMels, shown.Frames))));
    }

    /// <summary>The same weights with a threshold half-way between a normal and a faulty recording, on whichever side they fall.</summary>
    internal static SampleModel Telling(string device, long seed, byte[] normal, byte[] faulty)
    {
        // The machine's fault must score higher; an untrained network prefers either, so the seed is searched, from the given one on.
        for (; ; seed++)
        {
            var model = Create(device, seed);
            var (low, high) = (model.Score(normal), model.Score(faulty));
            if (low < 0.98 * high)
                return Create(device, seed, (low + high) / 2);
        }
    }

    /// <summary>The same model from another run: equal scores, another package.</summary>
    internal SampleModel Anew() => new(Package with { Metadata = Package.Metadata with { RunId = Guid.NewGuid() } });

    /// <summary>What the model gives a recording, computed here.</summary>
    internal double Score(byte[] wav)
    {
        using var loaded = LoadedModel.Load(Package);
        return loaded.Score(Package.Config.Devices[0], SampleAudio.Features(wav, Package.Config.FeatureSpec).Patches).Score;
    }

    /// <summary>Puts the package into the store and returns the message that deploys it.</summary>
    internal async Task<ModelDeployed> Publish(IObjectStore store, int version, long deployment, DateTimeOffset? deployedAt = null)
    {
        var prefix = $"models/{Id}/v{version}-{Guid.NewGuid():N}";
        var manifest = await Artifacts.Publish(store, prefix, Package.ToFiles(), TestContext.Current.CancellationToken);
        return new(
            Id, version, deployment, Package.Config.Mode, Package.Config.Devices, prefix, manifest!, Package.Config.FeatureSpec.Hash,
            RunId: null, DatasetId: null, "test", "test", deployedAt ?? DateTimeOffset.UtcNow);
    }
}
