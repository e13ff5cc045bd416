using System.Security.Cryptography;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Bench.Training;

/// <summary>The same patches twice: as a dataset in an object store, as features writes it, and as one .npy each for the peer.</summary>
internal static class PatchFiles
{
    public const int Patches = 256;
    public const int NMels = 64;
    public const int Frames = 256;

    private const string Device = "LT-2";
    private const int PatchesPerRecording = 8;

    /// <summary>Returns the manifest's key and hash.</summary>
    public static async Task<(string Key, string Sha256)> Write(IObjectStore store, string peerFolder, CancellationToken cancellationToken)
    {
        var values = Values();
        for (var i = 0; i < Patches; i++)
        {
            var patch = values[(i * NMels * Frames)..((i + 1) * NMels * Frames)];
            await File.WriteAllBytesAsync(Path.Combine(peerFolder, $"{i:D5}.npy"), NpyFile.Write(NpyArray.Of(patch, NMels, Frames)), cancellationToken);
        }

        var shard = NpyFile.Write(NpyArray.Of(values, Patches, NMels, Frames));
        var spec = new FeatureSpec(null, new Extraction { NMels = NMels }, new View { Frames = Frames });
        var manifest = new DatasetManifest(
            DatasetManifest.CurrentFormat, "", spec, spec.Hash, spec.Extraction.Hash, NMels, Frames,
            new DatasetSelection("full", "all", null, [Device], [], []),
            [new DatasetDevice(Device, -80, 0, Patches / PatchesPerRecording, Patches)],
            [.. Enumerable.Range(0, Patches / PatchesPerRecording).Select(i => new DatasetRecording(
                new Guid(i + 1, 0, 0, new byte[8]), Device, DateTimeOffset.UnixEpoch.AddMinutes(i), "19700101", "unlabelled", "audio", "features", "sha",
                0, i * PatchesPerRecording, PatchesPerRecording, [], []))],
            [new DatasetShard("shard-00000.npy", shard.Length, Hash(shard), Patches)]).Identified();
        var (key, content) = (DatasetManifest.KeyOf(manifest.Id), manifest.Write());
        await store.TryCreate(key.Replace("manifest.json", manifest.Shards[0].Name, StringComparison.Ordinal), shard, cancellationToken);
        await store.TryCreate(key, content, cancellationToken);
        return (key, Hash(content));
    }

    // A machine in normalised levels: steady bands that drift a little, over noise.
    private static float[] Values()
    {
        var random = new Random(1);
        var values = new float[Patches * NMels * Frames];
        for (var i = 0; i < values.Length; i++)
        {
            var (patch, mel, frame) = (i / (NMels * Frames), i / Frames % NMels, i % Frames);
            var band = Math.Exp(-Math.Pow((mel % 16) - 8 - 2 * Math.Sin(patch * 0.3 + frame * 0.02), 2) / 4);
            values[i] = (float)(0.2 + 0.6 * band + 0.05 * random.NextDouble());
        }

        return values;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
