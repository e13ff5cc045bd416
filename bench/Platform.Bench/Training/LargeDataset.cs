using System.Security.Cryptography;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Bench.Training;

/// <summary>A dataset of any size in an object store, written shard by shard.</summary>
internal static class LargeDataset
{
    private const string Device = "LT-2";
    private const int PatchesPerShard = 512;
    private const int PatchesPerRecording = 16;

    /// <summary>Returns the manifest's key and hash, and the bytes of all shards.</summary>
    /// <param name="patches">Rounded up to whole shards.</param>
    public static async Task<(string Key, string Sha256, long Bytes)> Write(IObjectStore store, int patches, CancellationToken cancellationToken)
    {
        var (shards, recordings, bytes) = (new List<DatasetShard>(), new List<DatasetRecording>(), 0L);
        var random = new Random(1);
        for (var number = 0; number * PatchesPerShard < patches; number++)
        {
            var shard = NpyFile.Write(NpyArray.Of(Values(random), PatchesPerShard, PatchFiles.NMels, PatchFiles.Frames));
            shards.Add(new DatasetShard($"shard-{number:D5}.npy", shard.Length, Convert.ToHexStringLower(SHA256.HashData(shard)), PatchesPerShard));
            for (var offset = 0; offset < PatchesPerShard; offset += PatchesPerRecording)
            {
                recordings.Add(new DatasetRecording(
                    new Guid(recordings.Count + 1, 0, 0, new byte[8]), Device, DateTimeOffset.UnixEpoch.AddMinutes(recordings.Count), "19700101", "unlabelled",
                    "audio", "features", "sha", number, offset, PatchesPerRecording, [], []));
            }

            await store.TryCreate($"shards/{shards[^1].Name}", shard, cancellationToken);
            bytes += shard.Length;
        }

        var spec = new FeatureSpec(null, new Extraction { NMels = PatchFiles.NMels }, new View { Frames = PatchFiles.Frames });
        var manifest = new DatasetManifest(
            DatasetManifest.CurrentFormat, "", spec, spec.Hash, spec.Extraction.Hash, PatchFiles.NMels, PatchFiles.Frames,
            new DatasetSelection("full", "all", null, [Device], [], []),
            [new DatasetDevice(Device, -80, 0, recordings.Count, recordings.Count * PatchesPerRecording)], recordings, shards).Identified();
        var (key, content) = ("shards/manifest.json", manifest.Write()); // beside the shards, which were there before it had an id
        await store.TryCreate(key, content, cancellationToken);
        return (key, Convert.ToHexStringLower(SHA256.HashData(content)), bytes);
    }

    private static float[] Values(Random random)
    {
        var values = new float[PatchesPerShard * PatchFiles.NMels * PatchFiles.Frames];
        for (var i = 0; i < values.Length; i++)
        {
            var mel = i / PatchFiles.Frames % PatchFiles.NMels;
            values[i] = (float)(0.2 + 0.6 * Math.Exp(-Math.Pow((mel % 16) - 8, 2) / 4) + 0.1 * random.NextDouble());
        }

        return values;
    }
}
