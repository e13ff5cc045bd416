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

    /// <param name="written">Called after each recording with its number of patches.</param>
    /// <returns>False when there is more to do than one slice takes.</returns>
    public async Task<bool> Work(string datasetId, Func<int, Task> written, CancellationToken cancellationToken)
    {
        var key = DatasetManifest.KeyOf(datasetId);
        if (await store.Find(key, cancellationToken) is null)
        {
            var started = time.GetTimestamp();
            var plan = DatasetManifest.ReadPlan(await store.ReadAll(PlanKeyOf(datasetId), cancellationToken));
            var known = await datasets.ShardsOf(datasetId, cancellationToken);
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
                shards.Add(await writer.Write(plan, recordings.Key, [.. recordings], written, cancellationToken));
                await datasets.KeepShard(datasetId, new WrittenShard(recordings.Key, shards[^1].SizeBytes, shards[^1].Sha256), cancellationToken);
                wrote = true;
            }

            await store.TryCreate(key, (plan with { Shards = shards }).Write(), cancellationToken);
        }

        var bytes = await store.ReadAll(key, cancellationToken);
        DatasetManifest.Read(bytes);
        await datasets.Complete(datasetId, Convert.ToHexStringLower(SHA256.HashData(bytes)), cancellationToken);
        return true;
    }

    /// <summary>By size, and by hash where the store keeps one: who reads a shard verifies all of it anyway.</summary>
    private async Task<bool> Stands(string datasetId, string name, WrittenShard shard, CancellationToken cancellationToken) =>
        await store.Find(DatasetWriter.KeyOf(datasetId, name), cancellationToken) is { } found
        && found.Size == shard.SizeBytes
        && (found.Sha256 is null || found.Sha256 == shard.Sha256);

    private static string PlanKeyOf(string datasetId) => $"datasets/{datasetId}/plan.json";
}
