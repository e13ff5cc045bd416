using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Models;
using TorchSharp;

namespace Platform.Bench.Serving;

/// <summary>
/// A package of the default size (conv-ae, patches of 64×256) with weights of its own. Untrained: it costs what a trained one costs. Its
/// scale and threshold differ from those of every other, so whose answer an answer is shows in its numbers.
/// </summary>
internal sealed class BenchModel
{
    private readonly ModelPackage _package;

    private BenchModel(ModelPackage package) => _package = package;

    public string Id => _package.Config.ModelId;

    public double Threshold => _package.Fits[0].Threshold;

    public static FeatureSpec Spec { get; } = new(null, new Extraction(), new View());

    /// <param name="number">No two models have the same.</param>
    public static BenchModel Create(string device, int number, Architecture? size = null)
    {
        var architecture = size ?? new Architecture();
        using var network = architecture.Create(number);
        network.eval();
        var scale = new Scale(-100 - (0.05 * number), 0);
        var view = new PatchView(Spec);
        const int golden = 4; // as the trainer keeps
        var patches = view.ApplyAll(new FeatureSetExtractor(Spec.Extraction).Extract(new WavAudio(Spec.Extraction.SampleRate, 1, Noise(golden))).Patches, golden, scale);
        return new(new ModelPackage(
            new ModelConfig(
                $"device/{device}_all/conv-ae", ScopeModes.Device, $"{device}_all", null, architecture, Spec,
                [new DetectorConfig(DetectorConfig.Reconstruction, Alarming: true, DetectorFit.MeanPlusSigma)], [device]),
            new ModelMetadata(
                Guid.NewGuid(), "bench", "bench", number, Threads: 1, "any", "any", "bench", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch,
                TrainingSeconds: 0, Epochs: 0, Steps: 0, BestStep: 0, Patches: golden, Recordings: 1, ValidationPatches: 0, ValidationRecordings: 0,
                TrainingLoss: null, ValidationLoss: null, NewErrorDb2: null, OldErrorDb2: null, ComparedWithVersion: null, StartedFrom: null, Notes: []),
            ModuleState.Capture(network),
            scale,
            new Dictionary<string, Scale> { [device] = scale },
            [new DetectorFit(DetectorConfig.Reconstruction, device, 1_000 + number, 0, 0, 3, 0, 0, 2)],
            new GoldenScores(patches, ReconstructionErrors.Of(network, patches, view.NMels, view.Frames))));
    }

    /// <summary>The same weights for other devices, each with a scale and a threshold of its own: another package, made in no time.</summary>
    /// <param name="id">Mode, scope and aggregation, e.g. <c>device/D-1_all</c>.</param>
    public BenchModel For(string id, IReadOnlyList<(string Device, int Number)> devices)
    {
        var (parts, scales) = (id.Split('/'), devices.ToDictionary(one => one.Device, one => new Scale(-100 - (0.001 * one.Number), 0)));
        return new(_package with
        {
            Config = _package.Config with
            {
                ModelId = $"{id}/conv-ae", Mode = parts[0], Scope = parts[1], Aggregation = parts.ElementAtOrDefault(2), Devices = [.. devices.Select(one => one.Device)],
            },
            GlobalScale = new(scales.Values.Min(scale => scale.Min), 0),
            Scales = scales,
            Fits = [.. devices.Select(one => _package.Fits[0] with { Device = one.Device, Threshold = 1_000 + one.Number })],
        });
    }

    /// <summary>What the model gives a recording, computed here.</summary>
    public double Score(FeatureSet features)
    {
        using var loaded = LoadedModel.Load(_package);
        return loaded.Score(_package.Config.Devices[0], features.Patches).Score;
    }

    /// <summary>Puts the package into the store; the answer deploys it as version and deployment 1.</summary>
    public async Task<ModelDeployed> Publish(IObjectStore store, int version, CancellationToken cancellationToken)
    {
        var prefix = $"models/{Id}/v{version}";
        var manifest = await Artifacts.Publish(store, prefix, _package.ToFiles(), cancellationToken);
        return new(
            Id, version, 1, _package.Config.Mode, _package.Config.Devices, prefix, manifest!, Spec.Hash, RunId: null, DatasetId: null, "bench", "bench",
            DateTimeOffset.UtcNow);
    }

    // As many windows as golden patches.
    private static float[] Noise(int patches)
    {
        var random = new Random(1);
        var seconds = Spec.Extraction.WinSeconds + ((patches - 1) * Spec.Extraction.HopSeconds);
        var samples = new float[(int)(seconds * Spec.Extraction.SampleRate)];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = 0.1f * ((2 * random.NextSingle()) - 1);
        return samples;
    }
}
