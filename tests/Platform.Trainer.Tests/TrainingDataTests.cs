using System.Globalization;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Testing;
using Platform.Trainer.Datasets;

namespace Platform.Trainer.Tests;

/// <summary>For what belongs to the whole process: its memory, and libtorch's generator.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>A dataset stays on the disk. Measures the memory of this process, so nothing else runs meanwhile.</summary>
[Collection(nameof(Alone))]
public sealed class TrainingDataTests : IDisposable
{
    private readonly TestFolder _remote = new();
    private readonly TestFolder _local = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _remote.Dispose();
        _local.Dispose();
    }

    [Fact]
    public async Task Gathering_copies_the_patches_named_in_their_order()
    {
        var dataset = new TestDataset(10, ["LT-1", "LT-2"]);
        using var data = await Load(dataset);
        int[] patches = [79, 0, 41, 0];

        var gathered = data.Gather(patches);

        for (var i = 0; i < patches.Length; i++)
            Assert.Equal(dataset.Patch(patches[i]), gathered[(i * 256)..((i + 1) * 256)]);
    }

    [Fact]
    public async Task Gathering_a_batch_takes_no_memory()
    {
        using var data = await Load(new TestDataset(10, ["LT-1"]));
        int[] patches = [3, 1, 2, 39];
        var batch = new float[patches.Length * data.PatchLength];
        data.Gather(patches, batch);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            data.Gather(patches, batch);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task A_dataset_is_fetched_and_read_in_a_fraction_of_its_size()
    {
        var dataset = new TestDataset(40, ["LT-1"], patchesPerRecording: 1000); // 40 MB
        var message = await dataset.Store(_remote.Open(), "run", new());
        var size = dataset.Manifest.Shards.Sum(shard => shard.SizeBytes);
        var (patches, batch) = (new int[32], new float[32 * 256]);
        var (managed, anonymous) = (GC.GetTotalAllocatedBytes(precise: true), Resident("RssAnon:"));
        var mapped = Resident("RssFile:");

        using var data = await Loader(64).Load(message.DatasetManifestKey, message.DatasetManifestSha256, Ct);
        for (var from = 0; from < data.PatchCount; from += patches.Length)
        {
            for (var i = 0; i < patches.Length; i++)
                patches[i] = from + i;
            data.Gather(patches, batch);
        }

        Assert.Equal(40_000, data.PatchCount);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - managed, 0, size / 5);
        Assert.InRange(Resident("RssAnon:") - anonymous, long.MinValue, size / 4);
        Assert.InRange(Resident("RssFile:") - mapped, long.MinValue, size * 6 / 10);
    }

    [Fact]
    public async Task A_dataset_larger_than_the_cache_is_refused_before_anything_is_fetched()
    {
        var message = await new TestDataset(1500, ["LT-1"]).Store(_remote.Open(), "run", new());

        var exception = await Assert.ThrowsAsync<PermanentException>(() => Loader(5).Load(message.DatasetManifestKey, message.DatasetManifestSha256, Ct));

        Assert.Contains("Trainer:DatasetCacheMebibytes allows 5242880", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_local.Path));
    }

    [Fact]
    public async Task A_shard_of_another_shape_is_refused_and_nothing_stays_locked()
    {
        var dataset = new TestDataset(10, ["LT-1"]);
        var file = Path.Combine(_local.Path, "shard");
        await File.WriteAllBytesAsync(file, NpyFile.Write(NpyArray.Of(new float[40 * 256], 40, 32, 8)), Ct);

        using (var stream = CacheFolder.OpenPinned(file))
        {
            var exception = Assert.Throws<InvalidDataException>(() => MappedShard.Open(stream, "shard", dataset.Manifest.Shards[0], 16, 16));
            Assert.Contains("(40, 32, 8)", exception.Message, StringComparison.Ordinal);
        }

        new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }

    private DatasetLoader Loader(int mebibytes)
    {
        var options = new TrainerOptions { CacheDirectory = _local.Path, DatasetCacheMebibytes = mebibytes };
        var store = _remote.Open();
        return new DatasetLoader(store, new ShardCache(store, options, TimeProvider.System), options);
    }

    private async Task<TrainingData> Load(TestDataset dataset)
    {
        var message = await dataset.Store(_remote.Open(), "run", new());
        return await Loader(64).Load(message.DatasetManifestKey, message.DatasetManifestSha256, Ct);
    }

    private static long Resident(string what)
    {
        GC.Collect();
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(what, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
