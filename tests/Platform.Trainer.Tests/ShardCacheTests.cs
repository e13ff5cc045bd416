using System.Security.Cryptography;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Testing;
using Platform.Trainer.Datasets;

namespace Platform.Trainer.Tests;

/// <summary>Two caches on one folder stand for two workers: the locks are the operating system's and do not know processes from streams.</summary>
public sealed class ShardCacheTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly TestFolder _remote = new();
    private readonly TestFolder _local = new();
    private readonly IObjectStore _store;

    public ShardCacheTests() => _store = _remote.Open();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _remote.Dispose();
        _local.Dispose();
    }

    [Fact]
    public async Task A_damaged_or_half_written_file_is_fetched_anew_and_a_whole_one_is_not()
    {
        var shard = await Store(1, 5);
        var cache = Cache(4);
        (await cache.Open(Key(1), shard, Ct)).Dispose();

        await File.WriteAllTextAsync(FileOf(shard), "half", Ct);
        Assert.Equal(Content(1, 5), await Read(cache, 1, shard));
        await File.WriteAllBytesAsync(FileOf(shard), new byte[5], Ct);
        Assert.Equal(Content(1, 5), await Read(cache, 1, shard));

        await _store.Delete(Key(1), Ct);
        Assert.Equal(Content(1, 5), await Read(cache, 1, shard));
    }

    [Fact]
    public async Task The_least_recently_used_shard_makes_room_and_the_bound_holds()
    {
        var cache = Cache(3);
        var shards = new List<DatasetShard>();
        for (var i = 0; i < 4; i++)
            shards.Add(await Store(i, Mebibyte));
        foreach (var i in new[] { 0, 1, 2, 0 })
            (await cache.Open(Key(i), shards[i], Ct)).Dispose();

        (await cache.Open(Key(3), shards[3], Ct)).Dispose();

        Assert.Equal([true, false, true, true], shards.Select(shard => File.Exists(FileOf(shard))));
    }

    [Fact]
    public async Task A_shard_in_use_by_another_worker_is_not_removed()
    {
        var (ours, theirs) = (Cache(2), Cache(2));
        DatasetShard[] shards = [await Store(0, Mebibyte), await Store(1, Mebibyte), await Store(2, Mebibyte)];

        await using (await theirs.Open(Key(0), shards[0], Ct))
        {
            (await ours.Open(Key(1), shards[1], Ct)).Dispose();
            (await ours.Open(Key(2), shards[2], Ct)).Dispose();
            Assert.Equal([true, false, true], shards.Select(shard => File.Exists(FileOf(shard))));

            await using var second = await ours.Open(Key(2), shards[2], Ct);
            var exception = await Assert.ThrowsAsync<IOException>(() => ours.Open(Key(1), shards[1], Ct));
            Assert.Contains("Trainer:DatasetCacheMebibytes", exception.Message, StringComparison.Ordinal);
        }

        (await ours.Open(Key(1), shards[1], Ct)).Dispose();
    }

    [Fact]
    public async Task What_a_killed_worker_left_is_removed_and_what_a_living_one_writes_is_not()
    {
        Directory.CreateDirectory(_local.Path);
        var name = new string('a', 64);
        var (dead, living, young) = (Leftover(".dead"), Leftover(".living"), Leftover(".young"));
        File.SetLastWriteTimeUtc(dead, DateTime.UtcNow.AddHours(-1));
        await using var held = new FileStream(living, FileMode.Open, FileAccess.Write, FileShare.None);
        File.SetLastWriteTimeUtc(living, DateTime.UtcNow.AddHours(-1));

        (await Cache(4).Open(Key(1), await Store(1, 5), Ct)).Dispose();

        Assert.Equal([false, true, true], new[] { dead, living, young }.Select(File.Exists));

        string Leftover(string suffix)
        {
            var file = Path.Combine(_local.Path, name + suffix);
            File.WriteAllText(file, "half");
            return file;
        }
    }

    [Fact]
    public async Task Many_workers_that_want_the_same_shards_at_once_all_get_them()
    {
        DatasetShard[] shards = [await Store(0, Mebibyte), await Store(1, Mebibyte), await Store(2, Mebibyte)];

        var read = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => Read(Cache(4), i % 3, shards[i % 3]))));

        for (var i = 0; i < read.Length; i++)
            Assert.Equal(Content(i % 3, Mebibyte), read[i]);
        Assert.Equal(3, Directory.GetFiles(_local.Path).Count(file => Path.GetFileName(file) != "fetch.lock"));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public async Task An_object_of_another_size_than_its_manifest_says_leaves_nothing(int claimed)
    {
        var shard = await Store(1, 5) with { SizeBytes = claimed };

        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => Cache(4).Open(Key(1), shard, Ct));

        Assert.Contains(Key(1), exception.Message, StringComparison.Ordinal);
        Assert.Equal(["fetch.lock"], Directory.GetFiles(_local.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_corrupt_object_is_refused_and_leaves_nothing()
    {
        var shard = await Store(1, 5) with { Sha256 = new string('0', 64) };

        await Assert.ThrowsAsync<ObjectCorruptException>(() => Cache(4).Open(Key(1), shard, Ct));

        Assert.Equal(["fetch.lock"], Directory.GetFiles(_local.Path).Select(Path.GetFileName));
    }

    private ShardCache Cache(int mebibytes) =>
        new(_store, new TrainerOptions { CacheDirectory = _local.Path, DatasetCacheMebibytes = mebibytes }, TimeProvider.System);

    private static string Key(int number) => $"datasets/x/shard-{number:D5}.npy";

    private string FileOf(DatasetShard shard) => Path.Combine(_local.Path, shard.Sha256);

    private static byte[] Content(int number, int size)
    {
        var content = new byte[size];
        new Random(number).NextBytes(content);
        return content;
    }

    private async Task<DatasetShard> Store(int number, int size)
    {
        var content = Content(number, size);
        await _store.TryCreate(Key(number), content, Ct);
        return new DatasetShard(Path.GetFileName(Key(number)), size, Convert.ToHexStringLower(SHA256.HashData(content)), 1);
    }

    private static async Task<byte[]> Read(ShardCache cache, int number, DatasetShard shard)
    {
        await using var file = await cache.Open(Key(number), shard, Ct);
        using var copy = new MemoryStream();
        await file.CopyToAsync(copy, Ct);
        return copy.ToArray();
    }
}
