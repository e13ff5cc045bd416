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
        var hashes = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(
            () => Artifacts.Publish(store, "race", Files(("a", $"{writer}"), ("b", $"{writer}")), Token), Token)));

        var won = Assert.Single(hashes, hash => hash is not null);
        var read = await Artifacts.Read(store, "race", won, Token);
        Assert.Equal(read.Files["a"], read.Files["b"]);
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
}
