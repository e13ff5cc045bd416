using System.Security.Cryptography;
using Platform.Dsp;
using Platform.Features.Datasets;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Features.Tests;

public sealed class DatasetWriterTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly TestBucket _bucket = new();

    [Fact]
    public async Task A_folder_and_an_s3_store_hold_the_same_shards()
    {
        var (folder, bucket) = (_folder.Open(), _bucket.Open());
        var sets = new List<EligibleSet>();
        for (var i = 0; i < 20; i++)
            sets.Add(await Store(i, folder, bucket));
        var plan = DatasetPlan.Create(Sets.Spec, Sets.Choose(new(), [.. sets]), maxShardBytes: 200_000);

        var inFolder = await Write(plan, folder);
        var inBucket = await Write(plan, bucket);

        Assert.Equal(inFolder, inBucket);
        Assert.Equal([75, 75, 75, 75, 75, 75, 50], inBucket.Select(shard => shard.Patches));
        foreach (var shard in inBucket)
            await bucket.ReadVerified($"datasets/{plan.Id}/{shard.Name}", shard.Sha256, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_shard_whose_set_is_gone_is_not_there()
    {
        var folder = _folder.Open();
        EligibleSet[] sets = [await Store(1, folder), await Store(2, folder)];
        var plan = DatasetPlan.Create(Sets.Spec, Sets.Choose(new(), sets), maxShardBytes: 1 << 20);
        await folder.Delete(sets[1].ObjectKey, TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<ObjectNotFoundException>(() => Write(plan, folder));

        Assert.Equal(sets[1].ObjectKey, error.Key);
        Assert.Null(await folder.Find($"datasets/{plan.Id}/shard-00000.npy", TestContext.Current.CancellationToken));
    }

    private static async Task<List<DatasetShard>> Write(DatasetManifest plan, IObjectStore store)
    {
        var shards = new List<DatasetShard>();
        foreach (var shard in plan.Recordings.GroupBy(recording => recording.Shard))
            shards.Add(await new DatasetWriter(store).Write(plan, shard.Key, [.. shard], _ => Task.CompletedTask, TestContext.Current.CancellationToken));
        return shards;
    }

    public async ValueTask InitializeAsync() => await _bucket.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _bucket.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<EligibleSet> Store(int number, params IObjectStore[] stores)
    {
        var random = new Random(number);
        var patches = Enumerable.Range(0, 25 * 8 * 63).Select(_ => -100 + 90 * random.NextSingle()).ToArray();
        var bytes = NpyFile.Write(NpyArray.Of(patches, 25, 8, 63));
        foreach (var store in stores)
            await store.Put($"features/{number}.npy", new MemoryStream(bytes), TestContext.Current.CancellationToken);
        return Sets.Set(number, "A", 25, min: -100) with { Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
    }
}
