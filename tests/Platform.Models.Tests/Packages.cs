using Platform.Dsp;

namespace Platform.Models.Tests;

/// <summary>A small but complete package: the golden tiny network after ten steps, for one device.</summary>
internal static class Packages
{
    internal const string Device = "LT-2";

    /// <summary>64 mels and 2 s windows: 63 own frames shown as 64, the shape of the golden batch.</summary>
    internal static FeatureSpec Spec { get; } = new(null, new Extraction { WinSeconds = 2, HopSeconds = 2 }, new View());

    internal static Architecture Tiny { get; } = new() { Channels = [4, 8, 16, 32] };

    internal static float[] Batch { get; } = NpyFile.Read(Golden.Bytes("ae_batch.npy")).ToSingles();

    internal static ModelPackage Create()
    {
        var weights = TorchFile.Read(Golden.Bytes("ae_tiny_after10.pth"));
        using var network = Tiny.Create();
        ModuleState.Restore(network, weights);
        network.eval();
        var errors = ReconstructionErrors.Of(network, Batch, 64, 64);
        return new ModelPackage(
            new ModelConfig(
                $"device/{Device}_all/conv-ae", "device", $"{Device}_all", null, Tiny, Spec,
                [new DetectorConfig(DetectorConfig.Reconstruction, Alarming: true, DetectorFit.MeanPlusSigma)], [Device]),
            new ModelMetadata(
                Guid.Parse("0b4c6d0e-5d51-4a3f-9f0e-3f4f1d6f6a11"), "run", "dataset", Seed: 11, Threads: 1, "1.13.1", "AVX2", "host",
                DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, TrainingSeconds: 1, Epochs: 10, Steps: 10, BestStep: 10, Patches: 4, Recordings: 4,
                ValidationPatches: 0, ValidationRecordings: 0, TrainingLoss: 0.037, ValidationLoss: null, NewErrorDb2: null, OldErrorDb2: null,
                ComparedWithVersion: null, StartedFrom: null, Notes: []),
            weights,
            new Scale(-80, 0),
            new Dictionary<string, Scale> { [Device] = new(-80, 0) },
            [DetectorFit.Fit(DetectorConfig.Reconstruction, Device, errors, 3, DetectorFit.MeanPlusSigma)!],
            new GoldenScores(Batch, errors));
    }
}
