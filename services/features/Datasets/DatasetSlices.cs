using System.Security.Cryptography;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Features.Datasets;

/// <summary>
/// Writes a planned dataset slice by slice: shards that are missing, then the manifest. What an earlier slice or another instance has
/// written is taken over when it stands in the store as it was written.
/// </summary>
internal sealed class DatasetSlices(IObjectStore store, DatasetWriter writer, DatasetStore datasets, DatasetOptions options, TimeProvider time)
{
    /// <summary>Freezes a plan under its id; the same plan may be kept any number of times.</summary>
    public Task Plan(DatasetManifest plan, CancellationToken cancellationToken) => store.TryCreate(PlanKeyOf(plan.Id), plan.Write(), cancellationToken);

    /// <summary>Also of a dataset that was complete once: what is gone or damaged since is written again.</summary>
    /// <param name="count">Called after each recording with its number of patches.</param>
    /// <returns>False when there is more to do than one slice takes.</returns>
    public async Task<bool> Work(string datasetId, Func<int, Task> count, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var written = await FindManifest(datasetId, cancellationToken);
        var plan = written ?? DatasetManifest.ReadPlan(await store.ReadAll(PlanKeyOf(datasetId), cancellationToken));
        var known = written is null ? await datasets.ShardsOf(datasetId, cancellationToken) : ShardsOf(written);
        var shards = new List<DatasetShard>();
        var wrote = false;
        foreach (var recordings in plan.Recordings.GroupBy(recording => recording.Shard))
        {
            var name = DatasetWriter.NameOf(recordings.Key);
            if (known.TryGetValue(recordings.Key, out var there) && await Stands(datasetId, name, there, cancellationToken))
            {
                shards.Add(new DatasetShard(name, there.SizeBytes, there.Sha256, recordings.Sum(recording => recording.PatchCount)));
                continue;
            }

            if (wrote && time.GetElapsedTime(started).TotalSeconds >= options.SliceSeconds)
                return false;
            shards.Add(await writer.Write(plan, recordings.Key, [.. recordings], count, cancellationToken));
            await datasets.KeepShard(datasetId, new WrittenShard(recordings.Key, shards[^1].SizeBytes, shards[^1].Sha256), cancellationToken);
            wrote = true;
        }

        await Finish(plan, shards, cancellationToken);
        return true;
    }

    private async Task Finish(DatasetManifest plan, IReadOnlyList<DatasetShard> shards, CancellationToken cancellationToken)
    {
        var key = DatasetManifest.KeyOf(plan.Id);
        await store.TryCreate(key, (plan with { Shards = shards }).Write(), cancellationToken);
        var bytes = await store.ReadAll(key, cancellationToken);

        // The first manifest counts, and what it says of the shards must hold for those that were written again since.
        foreach (var (expected, actual) in DatasetManifest.Read(bytes).Shards.Zip(shards))
        {
            if (expected != actual)
                throw new ObjectCorruptException(DatasetWriter.KeyOf(plan.Id, actual.Name), expected.Sha256, actual.Sha256);
        }

        await datasets.Complete(plan.Id, Convert.ToHexStringLower(SHA256.HashData(bytes)), cancellationToken);
    }

    private async Task<DatasetManifest?> FindManifest(string datasetId, CancellationToken cancellationToken)
    {
        var key = DatasetManifest.KeyOf(datasetId);
        return await store.Find(key, cancellationToken) is null ? null : DatasetManifest.Read(await store.ReadAll(key, cancellationToken));
    }

    private static Dictionary<int, WrittenShard> ShardsOf(DatasetManifest manifest) =>
        manifest.Shards.Select((shard, i) => new WrittenShard(i, shard.SizeBytes, shard.Sha256)).ToDictionary(shard => shard.Shard);

    /// <summary>By size, and by hash where the store keeps one: who reads a shard verifies all of it anyway.</summary>
    private async Task<bool> Stands(string datasetId, string name, WrittenShard shard, CancellationToken cancellationToken) =>
        await store.Find(DatasetWriter.KeyOf(datasetId, name), cancellationToken) is { } found
        && found.Size == shard.SizeBytes
        && (found.Sha256 is null || found.Sha256 == shard.Sha256);

    private static string PlanKeyOf(string datasetId) => $"datasets/{datasetId}/plan.json";
}
