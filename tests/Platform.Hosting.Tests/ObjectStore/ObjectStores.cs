using Platform.Testing;

namespace Platform.Hosting.Tests;

public sealed class FolderObjectStoreTests : ObjectStoreContract, IDisposable
{
    private readonly TestFolder folder = new();

    protected override IObjectStore Store => field ??= folder.Open();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Nothing_is_left_beside_the_objects()
    {
        await Store.Put("a/b", new MemoryStream([1]), TestContext.Current.CancellationToken);
        await Store.TryCreate("a/b", new byte[] { 2 }, TestContext.Current.CancellationToken);
        await Store.TryCreate("a/c", new byte[] { 2 }, TestContext.Current.CancellationToken);
        await Store.Copy("a/c", "a/d", TestContext.Current.CancellationToken);

        var files = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder.Path, file));
        Assert.Equal(["a/b", "a/c", "a/d"], files.Order());
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_after_a_day()
    {
        _ = Store;
        var old = Path.Combine(folder.Path, ".unfinished", "old");
        var young = Path.Combine(folder.Path, ".unfinished", "young");
        File.WriteAllText(old, "");
        File.WriteAllText(young, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-2));

        folder.Open();

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }
}

public sealed class S3ObjectStoreTests(TestBucket bucket) : ObjectStoreContract, IClassFixture<TestBucket>
{
    protected override IObjectStore Store => field ??= bucket.Open();

    [Fact]
    public async Task The_hash_travels_with_the_object()
    {
        var put = await Store.Put("hashed", new MemoryStream([1, 2, 3]), TestContext.Current.CancellationToken);
        await Store.Move("hashed", "moved", TestContext.Current.CancellationToken);

        var found = await Store.Find("moved", TestContext.Current.CancellationToken);

        Assert.Equal(put.Sha256, found!.Sha256);
    }
}
