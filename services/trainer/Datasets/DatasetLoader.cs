using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Trainer.Datasets;

/// <summary>Opens the dataset of a run, verified against the hash in its message; its shards are on the disk and not in memory.</summary>
internal sealed class DatasetLoader(IObjectStore store, ShardCache cache, TrainerOptions options)
{
    /// <exception cref="InvalidDataException">The manifest or a shard contradicts itself or the other.</exception>
    /// <exception cref="PermanentException">The dataset is larger than the whole cache.</exception>
    internal async Task<TrainingData> Load(string manifestKey, string manifestSha256, CancellationToken cancellationToken)
    {
        var manifest = DatasetManifest.Read(await store.ReadVerified(manifestKey, manifestSha256, cancellationToken));
        var size = manifest.Shards.DistinctBy(shard => shard.Sha256).Sum(shard => shard.SizeBytes);
        if (size > options.DatasetCacheBytes)
        {
            throw new PermanentException(
                $"Dataset {manifest.Id} has {size} bytes of shards, Trainer:DatasetCacheMebibytes allows {options.DatasetCacheBytes}: give the trainer a larger cache or the run less data.");
        }

        var folder = manifestKey[..(manifestKey.LastIndexOf('/') + 1)];
        var shards = new List<MappedShard>();
        try
        {
            foreach (var shard in manifest.Shards)
                shards.Add(await Map(folder + shard.Name, shard, manifest, cancellationToken));
            return new TrainingData(manifest, shards);
        }
        catch
        {
            shards.ForEach(shard => shard.Dispose());
            throw;
        }
    }

    private async Task<MappedShard> Map(string key, DatasetShard shard, DatasetManifest manifest, CancellationToken cancellationToken)
    {
        var file = await cache.Open(key, shard, cancellationToken);
        try
        {
            return MappedShard.Open(file, key, shard, manifest.NMels, manifest.Frames);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }
}
