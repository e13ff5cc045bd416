using System.Security.Cryptography;
using Platform.Dsp;
using Platform.Features.Datasets;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Features.Tests;

public sealed class DatasetWriterTests : IAsyncLifetime
{
    private static readonly FeatureSpec Spec = new(null, new Extraction { WinSeconds = 1, NFft = 512, HopLength = 256, NMels = 8 }, new View());

    private readonly TestFolder _folder = new();
    private readonly TestBucket _bucket = new();

    [Fact]
    public async Task A_folder_and_an_s3_store_hold_the_same_shards()
    {
        var (folder, bucket) = (_folder.Open(), _bucket.Open());
        var sets = new List<EligibleSet>();
        for (var i = 0; i < 20; i++)
            sets.Add(await Store(i, folder, bucket));
        var plan = DatasetPlan.Create(Spec, new DatasetSelection("full", "all", null, ["A"], [], []), sets, maxShardBytes: 200_000);

        var inFolder = await new DatasetWriter(folder).Write(plan, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        var inBucket = await new DatasetWriter(bucket).Write(plan, _ => Task.CompletedTask, TestContext.Current.CancellationToken);

        Assert.Equal(inFolder, inBucket);
        var manifest = DatasetManifest.Read(await bucket.ReadVerified(DatasetManifest.KeyOf(plan.Id), inBucket, TestContext.Current.CancellationToken));
        Assert.Equal([75, 75, 75, 75, 75, 75, 50], manifest.Shards.Select(shard => shard.Patches));
        foreach (var shard in manifest.Shards)
            await bucket.ReadVerified($"datasets/{plan.Id}/{shard.Name}", shard.Sha256, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_dataset_whose_set_is_gone_has_no_manifest()
    {
        var folder = _folder.Open();
        EligibleSet[] sets = [await Store(1, folder), await Store(2, folder)];
        var plan = DatasetPlan.Create(Spec, new DatasetSelection("full", "all", null, ["A"], [], []), sets);
        await folder.Delete(sets[1].ObjectKey, TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<ObjectNotFoundException>(
            () => new DatasetWriter(folder).Write(plan, _ => Task.CompletedTask, TestContext.Current.CancellationToken));

        Assert.Equal(sets[1].ObjectKey, error.Key);
        Assert.Null(await folder.Find(DatasetManifest.KeyOf(plan.Id), TestContext.Current.CancellationToken));
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
        return new EligibleSet(
            new Guid(number, 0, 0, new byte[8]), "A", DateTime.UnixEpoch.AddSeconds(number), "19700101", "unlabelled", "aa", $"features/{number}.npy",
            Convert.ToHexStringLower(SHA256.HashData(bytes)), 25, -100, -10, -90, new double[8], new double[8]);
    }
}
