using System.Text;
using Platform.Testing;

namespace Platform.Hosting.Tests;

public sealed class ArtifactsTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly IObjectStore store;

    public ArtifactsTests() => store = folder.Open();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_is_published_is_read_back_and_verified()
    {
        var hash = await Artifacts.Publish(store, "models/m/v1", Files(("model.pth", "weights"), ("thresholds/a.npy", "1")), Token);

        var read = await Artifacts.Read(store, "models/m/v1", hash, Token);

        Assert.Equal(hash, read.ManifestSha256);
        Assert.Equal(["model.pth", "thresholds/a.npy"], read.Manifest.Files.Select(file => file.Path));
        Assert.Equal("weights", Encoding.UTF8.GetString(read.Files["model.pth"]));
    }

    [Fact]
    public async Task The_same_writer_may_repeat_itself_and_another_one_learns_that_it_lost()
    {
        var first = await Artifacts.Publish(store, "c", Files(("a", "1")), Token);
        var again = await Artifacts.Publish(store, "c", Files(("a", "1")), Token);
        var other = await Artifacts.Publish(store, "c", Files(("a", "2")), Token);

        Assert.Equal(first, again);
        Assert.Null(other);
        Assert.Equal("1", Encoding.UTF8.GetString((await Artifacts.Read(store, "c", first, Token)).Files["a"]));
    }

    [Fact]
    public async Task Of_eight_writers_exactly_one_publishes_and_its_files_stand()
    {
        for (var round = 0; round < 20; round++)
        {
            var prefix = $"race/{round}";
            var hashes = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(
                () => Artifacts.Publish(store, prefix, Files(("a", $"{writer}"), ("b", $"{writer}")), Token), Token)));

            var won = Assert.Single(hashes, hash => hash is not null);
            var read = await Artifacts.Read(store, prefix, won, Token);
            Assert.Equal(read.Files["a"], read.Files["b"]);
            Assert.Equal([$"{prefix}/a", $"{prefix}/b", $"{prefix}/manifest.json"], await Keys($"{prefix}/"));
        }
    }

    [Fact]
    public async Task What_a_writer_decided_before_it_died_is_completed_by_the_next_one()
    {
        // A store that dies at its n-th change, at every n: whatever was left, the next writer ends with one whole artifact.
        for (var lives = 0; lives <= 9; lives++)
        {
            var prefix = $"died/{lives}";
            var dying = new DyingStore(store, lives);
            var first = await Record.ExceptionAsync(() => Artifacts.Publish(dying, prefix, Files(("a", "first"), ("b", "first")), Token));

            var second = await Artifacts.Publish(store, prefix, Files(("a", "second"), ("b", "second")), Token);

            Assert.Equal(lives < 9, first is IOException);
            var read = await Artifacts.Read(store, prefix, null, Token);
            Assert.Equal(second is null ? "first" : "second", Encoding.UTF8.GetString(read.Files["a"]));
            Assert.Equal(read.Files["a"], read.Files["b"]);
        }
    }

    [Fact]
    public async Task Files_without_a_manifest_are_nobodys()
    {
        await store.Put("torn/a", new MemoryStream([1]), Token);

        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Artifacts.Read(store, "torn", null, Token));
        Assert.NotNull(await Artifacts.Publish(store, "torn", Files(("a", "whole")), Token));
        Assert.Equal("whole", Encoding.UTF8.GetString((await Artifacts.Read(store, "torn", null, Token)).Files["a"]));
    }

    [Fact]
    public async Task A_changed_file_or_manifest_is_refused()
    {
        var hash = await Artifacts.Publish(store, "m", Files(("a", "1")), Token);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => Artifacts.Read(store, "m", new string('0', 64), Token));
        await store.Put("m/a", new MemoryStream([2]), Token);
        await Assert.ThrowsAsync<ObjectCorruptException>(() => Artifacts.Read(store, "m", hash, Token));
        await store.Put("m/manifest.json", new MemoryStream("{\"format\":2,\"files\":[]}"u8.ToArray()), Token);
        await Assert.ThrowsAsync<PermanentException>(() => Artifacts.Read(store, "m", null, Token));
    }

    [Fact]
    public async Task A_copy_is_the_same_artifact_and_can_be_repeated()
    {
        var hash = await Artifacts.Publish(store, "runs/r/model", Files(("a", "1"), ("b/c", "2")), Token);

        var copied = await Artifacts.CopyTo(store, "runs/r/model", "models/m/v1", hash!, Token);
        await Artifacts.CopyTo(store, "runs/r/model", "models/m/v1", hash!, Token);

        Assert.Equal(hash, copied);
        Assert.Equal(2, (await Artifacts.Read(store, "models/m/v1", hash, Token)).Files.Count);
        await Artifacts.Publish(store, "other", Files(("a", "9")), Token);
        await Assert.ThrowsAsync<ObjectCorruptException>(() => Artifacts.CopyTo(store, "runs/r/model", "other", hash!, Token));
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Files(params (string Path, string Content)[] files) =>
        files.ToDictionary(file => file.Path, file => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(file.Content));

    private async Task<List<string>> Keys(string prefix)
    {
        var keys = new List<string>();
        await foreach (var found in store.List(prefix, Token))
            keys.Add(found.Key);
        return keys;
    }

    /// <summary>The real store of a process that is killed after so many changes.</summary>
    private sealed class DyingStore(IObjectStore inner, int lives) : IObjectStore
    {
        private int left = lives;

        public Task<ObjectInfo> Put(string key, Stream content, CancellationToken cancellationToken) => Live(() => inner.Put(key, content, cancellationToken));

        public Task<bool> TryCreate(string key, Stream content, CancellationToken cancellationToken) =>
            Live(() => inner.TryCreate(key, content, cancellationToken));

        public Task Copy(string from, string to, CancellationToken cancellationToken) => Live(async () =>
        {
            await inner.Copy(from, to, cancellationToken);
            return true;
        });

        public Task Delete(string key, CancellationToken cancellationToken) => Live(async () =>
        {
            await inner.Delete(key, cancellationToken);
            return true;
        });

        public Task<ObjectInfo?> Find(string key, CancellationToken cancellationToken) => inner.Find(key, cancellationToken);

        public Task<Stream> OpenRead(string key, CancellationToken cancellationToken) => inner.OpenRead(key, cancellationToken);

        public Task<Stream> OpenRange(string key, long offset, long length, CancellationToken cancellationToken) =>
            inner.OpenRange(key, offset, length, cancellationToken);

        public IAsyncEnumerable<ObjectInfo> List(string prefix, CancellationToken cancellationToken) => inner.List(prefix, cancellationToken);

        public Task Move(string from, string to, CancellationToken cancellationToken) => throw new NotSupportedException();

        private Task<T> Live<T>(Func<Task<T>> change) => left-- > 0 ? change() : throw new IOException("killed");
    }
}
