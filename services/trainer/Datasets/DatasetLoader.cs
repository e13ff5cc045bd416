using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Trainer.Datasets;

/// <summary>Loads the dataset of a run, verified against the hash in its message.</summary>
internal sealed class DatasetLoader(IObjectStore store, ShardCache cache)
{
    /// <exception cref="InvalidDataException">The manifest or a shard contradicts itself or the other.</exception>
    internal async Task<TrainingData> Load(string manifestKey, string manifestSha256, CancellationToken cancellationToken)
    {
        var manifest = DatasetManifest.Read(await store.ReadVerified(manifestKey, manifestSha256, cancellationToken));
        var folder = manifestKey[..(manifestKey.LastIndexOf('/') + 1)];
        var shards = new List<float[]>();
        foreach (var shard in manifest.Shards)
        {
            var array = NpyFile.Read(await cache.Read(folder + shard.Name, shard.Sha256, cancellationToken));
            if (array.Shape is not [var patches, var nMels, var frames] || (patches, nMels, frames) != (shard.Patches, manifest.NMels, manifest.Frames))
            {
                throw new InvalidDataException(
                    $"Shard {folder}{shard.Name} has shape ({string.Join(", ", array.Shape)}), its manifest says ({shard.Patches}, {manifest.NMels}, {manifest.Frames}).");
            }

            shards.Add(array.ToSingles());
        }

        return new TrainingData(manifest, shards);
    }
}
