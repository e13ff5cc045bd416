using System.Security.Cryptography;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Trainer.Datasets;

namespace Platform.Trainer.Tests;

/// <summary>A small dataset as features writes it: patches [16, 16] of a drifting tone over noise, one shard per device.</summary>
internal sealed class TestDataset
{
    internal static FeatureSpec Spec { get; } = new(
        null, new Extraction { WinSeconds = 0.25, HopSeconds = 0.25, NFft = 512, HopLength = 256, NMels = 16 }, new View());

    private readonly List<byte[]> _shards = [];
    private readonly string? _aggregation;

    /// <param name="recordings">Recordings for each device.</param>
    /// <param name="wander">How far each band wanders up and down, slowly and at its own pace, as a share of the scale's width.</param>
    internal TestDataset(
        int recordings, string[] devices, string? aggregation = null, Func<float, float>? distort = null, int patchesPerRecording = 4, bool withLevels = true,
        double minutesApart = 1, double wander = 0)
        : this([.. devices.Select(device => (device, recordings))], aggregation, distort, patchesPerRecording, withLevels, minutesApart, wander)
    {
    }

    internal TestDataset(
        (string Device, int Recordings)[] devices, string? aggregation = null, Func<float, float>? distort = null, int patchesPerRecording = 4, bool withLevels = true,
        double minutesApart = 1, double wander = 0)
    {
        _aggregation = aggregation;
        var random = new Random(7);
        var rows = new List<DatasetRecording>();
        foreach (var (device, recordings, number) in devices.Select((device, number) => (device.Device, device.Recordings, number)))
        {
            var patches = new float[recordings * patchesPerRecording * 256];
            for (var i = 0; i < patches.Length; i++)
            {
                var (patch, mel, frame) = (i / 256, i / 16 % 16, i % 16);
                var tone = Math.Exp(-Math.Pow(mel - 6 - number - Math.Sin(patch * 0.3 + frame * 0.2), 2) / 4);
                patches[i] = (float)(0.2 + 0.6 * tone + 0.03 * random.NextDouble() + wander * Math.Sin(patch / patchesPerRecording / (5.0 + mel) + 2 * mel));
                patches[i] = distort?.Invoke(patches[i]) ?? patches[i];
            }

            _shards.Add(NpyFile.Write(NpyArray.Of(patches, recordings * patchesPerRecording, 16, 16)));
            for (var i = 0; i < recordings; i++)
            {
                var own = patches.AsMemory(i * patchesPerRecording * 256, patchesPerRecording * 256);
                rows.Add(new DatasetRecording(
                    NewId(), device, DateTimeOffset.UnixEpoch.AddMinutes(i * minutesApart), "19700101", Labels.Unlabelled, "audio", "features", "sha", number, i * patchesPerRecording, patchesPerRecording,
                    withLevels ? BandMean(own, new Scale(-80 - number, -10 + number)) : [], []));
            }
        }

        Manifest = new DatasetManifest(
            DatasetManifest.CurrentFormat, "", Spec, Spec.Hash, Spec.Extraction.Hash, 16, 16,
            new DatasetSelection(TrainingModes.Full, "all", null, [.. devices.Select(device => device.Device)], [], []),
            [.. devices.Select((one, number) => new DatasetDevice(one.Device, -80 - number, -10 + number, one.Recordings, one.Recordings * patchesPerRecording))],
            rows,
            [.. _shards.Select((shard, i) => new DatasetShard($"shard-{i:D5}.npy", shard.Length, Hash(shard), devices[i].Recordings * patchesPerRecording))]).Identified();

        Guid NewId()
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            return new Guid(bytes);
        }
    }

    private static double[] BandMean(ReadOnlyMemory<float> patches, Scale scale) =>
    [
        .. Enumerable.Range(0, 16).Select(mel => Enumerable.Range(0, patches.Length / 16)
            .Where(row => row % 16 == mel)
            .SelectMany(row => patches.Slice(row * 16, 16).ToArray())
            .Average(value => float.IsFinite(value) ? value * scale.Width + scale.Min : Extraction.FloorDb)), // a manifest has numbers only
    ];

    internal DatasetManifest Manifest { get; }

    internal TrainingData Data => new(Manifest, [.. _shards.Select((shard, i) => Map(shard, Manifest.Shards[i]))]);

    /// <summary>A patch by its number in the dataset, whose devices have equally many.</summary>
    internal float[] Patch(int number)
    {
        var perShard = Manifest.Shards[0].Patches;
        var from = number % perShard * 256;
        return NpyFile.Read(_shards[number / perShard]).ToSingles()[from..(from + 256)];
    }

    /// <summary>Stores the dataset and returns the message that a run of it starts with.</summary>
    internal async Task<TrainRequested> Store(IObjectStore store, string runName, TrainingParameters parameters, ChampionVersion? champion = null)
    {
        var manifest = Manifest.Write();
        for (var i = 0; i < _shards.Count; i++)
            await store.TryCreate($"datasets/{Manifest.Id}/{Manifest.Shards[i].Name}", _shards[i], TestContext.Current.CancellationToken);
        await store.TryCreate(DatasetManifest.KeyOf(Manifest.Id), manifest, TestContext.Current.CancellationToken);
        string[] devices = [.. Manifest.Devices.Select(device => device.Device)];
        var scope = devices.Length == 1
            ? new TrainingScope(ScopeModes.Device, $"{devices[0]}_all", null, "conv-ae", $"device/{devices[0]}_all/conv-ae", devices)
            : new TrainingScope(ScopeModes.MachineType, "pump_all", _aggregation ?? "pooled", "conv-ae", $"machine_type/pump_all/{_aggregation ?? "pooled"}/conv-ae", devices);
        return new TrainRequested(
            Guid.NewGuid(), runName, null, scope, parameters, champion, Manifest.Id, DatasetManifest.KeyOf(Manifest.Id), Hash(manifest), 0, 0, DateTimeOffset.UtcNow);
    }

    // The mapping outlives the name of its file, so nothing is left to clean.
    private static MappedShard Map(byte[] content, DatasetShard shard)
    {
        var file = Path.GetTempFileName();
        File.WriteAllBytes(file, content);
        var mapped = MappedShard.Open(CacheFolder.OpenPinned(file), file, shard, 16, 16);
        File.Delete(file);
        return mapped;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
