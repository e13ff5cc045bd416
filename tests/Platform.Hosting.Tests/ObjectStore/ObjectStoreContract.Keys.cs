using System.Text;

namespace Platform.Hosting.Tests;

/// <summary>Keys and their order.</summary>
public abstract partial class ObjectStoreContract
{
    [Fact]
    public async Task A_listing_is_sorted_and_has_every_page()
    {
        var expected = Enumerable.Range(0, 1_050).Select(i => $"list/{i % 7}/object-{i:0000}").Order(StringComparer.Ordinal).ToList();
        await Parallel.ForEachAsync(
            expected,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token },
            async (key, token) => await Store.Put(key, new MemoryStream([1]), token));

        Assert.Equal(expected, await Keys("list/"));
        Assert.Equal(expected.Where(key => key.StartsWith("list/3/object-00", StringComparison.Ordinal)), await Keys("list/3/object-00"));
        Assert.Empty(await Keys("list/9"));
        Assert.Empty(await Keys("list//"));
    }

    [Fact]
    public async Task Sorting_is_by_the_bytes_of_the_whole_key()
    {
        string[] keys = ["s/a-b", "s/a/b", "s/a.b", "s/aa", "s/B", "s/ä", "s/\uFB01", "s/😀", "s/a/c/d", "s/a0"];
        foreach (var key in keys)
            await Store.Put(key, new MemoryStream([1]), Token);

        var sorted = keys.OrderBy(key => Convert.ToHexString(Encoding.UTF8.GetBytes(key)), StringComparer.Ordinal);
        Assert.Equal(sorted, await Keys("s/"));
    }

    [Theory]
    [InlineData("odd/with space and + plus")]
    [InlineData("odd/per%cent %41 %2F")]
    [InlineData("odd/quote\"'`<>|*?:;,&=#@!$()[]{}^~\\")]
    [InlineData("odd/Pumpe Süd/Ölpumpe №7 水泵 😀.wav")]
    [InlineData("odd/.hidden/..almost/...")]
    [InlineData("odd/-dash/ leading and trailing ")]
    [InlineData("odd/con/nul/aux.txt")]
    public async Task Odd_characters_survive(string key)
    {
        var bytes = Random(100);

        await Store.Put(key, new MemoryStream(bytes), Token);
        await Store.Copy(key, key + ".copy", Token);
        await Store.Move(key + ".copy", key + ".moved", Token);

        Assert.Equal(bytes, await Store.ReadAll(key, Token));
        Assert.Equal([key, key + ".moved"], await Keys(key));
        await Store.Delete(key, Token);
        await Store.Delete(key + ".moved", Token);
        Assert.Empty(await Keys(key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/absolute")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("..")]
    [InlineData("a/../../etc/passwd")]
    [InlineData("./a")]
    [InlineData("a/./b")]
    [InlineData("line\nbreak")]
    [InlineData("nul\0")]
    public async Task What_cannot_be_a_key_is_refused(string key)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.Put(key, new MemoryStream([1]), Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.TryCreate(key, new byte[] { 1 }, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.OpenRead(key, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.Find(key, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.Delete(key, Token));
    }

    [Fact]
    public async Task Half_a_surrogate_pair_cannot_be_a_key() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.Put("half" + (char)0xD83D, new MemoryStream([1]), Token));
}
