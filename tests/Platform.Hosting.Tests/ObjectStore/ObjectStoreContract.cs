using System.Security.Cryptography;
using System.Text;

namespace Platform.Hosting.Tests;

/// <summary>What every object store must do; one suite for all of them.</summary>
public abstract partial class ObjectStoreContract
{
    protected abstract IObjectStore Store { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_put_can_be_read_and_has_its_hash()
    {
        var bytes = Random(10_000);

        var put = await Store.Put("audio/LT-2/a.wav", new MemoryStream(bytes), Token);
        var found = await Store.Find("audio/LT-2/a.wav", Token);

        Assert.Equal(new ObjectInfo("audio/LT-2/a.wav", 10_000, Sha(bytes)), put);
        Assert.Equal(10_000, found!.Size);
        Assert.InRange(found.ModifiedAt, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal(bytes, await Store.ReadAll("audio/LT-2/a.wav", Token));
        Assert.Equal(bytes, await Store.ReadVerified("audio/LT-2/a.wav", put.Sha256!, Token));
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        var put = await Store.Put("empty", new MemoryStream(), Token);

        Assert.Equal(0, put.Size);
        Assert.Empty(await Store.ReadAll("empty", Token));
    }

    [Fact]
    public async Task A_stream_is_put_from_where_it_stands()
    {
        var stream = new MemoryStream([1, 2, 3, 4]) { Position = 2 };

        var put = await Store.Put("tail", stream, Token);

        Assert.Equal(2, put.Size);
        Assert.Equal([3, 4], await Store.ReadAll("tail", Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_object_arrives_whole_from_a_file_and_from_the_network(bool seekable)
    {
        var bytes = Random(40 * 1024 * 1024 + 17);

        var put = await Store.Put("large", seekable ? new MemoryStream(bytes) : new Trickle(bytes), Token);

        Assert.Equal(Sha(bytes), put.Sha256);
        Assert.Equal(bytes.Length, (await Store.Find("large", Token))!.Size);
        await Store.ReadVerified("large", put.Sha256!, Token);
    }

    [Fact]
    public async Task A_cancelled_put_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var stream = new Trickle(Random(20 * 1024 * 1024)) { AtHalf = cancel.Cancel };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.Put("cancelled/a", stream, cancel.Token));

        Assert.Null(await Store.Find("cancelled/a", Token));
        Assert.Empty(await Keys("cancelled"));
    }

    [Fact]
    public async Task A_source_that_breaks_leaves_what_was_there_before()
    {
        await Store.Put("kept", new MemoryStream([1, 2, 3]), Token);
        var stream = new Trickle(Random(1_000_000)) { AtHalf = () => throw new IOException("the client went away") };

        await Assert.ThrowsAsync<IOException>(() => Store.Put("kept", stream, Token));

        Assert.Equal([1, 2, 3], await Store.ReadAll("kept", Token));
    }

    [Fact]
    public async Task Corrupt_content_is_refused_on_read()
    {
        var put = await Store.Put("corrupt", new MemoryStream([1, 2, 3]), Token);
        await Store.Put("corrupt", new MemoryStream([1, 2, 4]), Token);

        var refused = await Assert.ThrowsAsync<ObjectCorruptException>(() => Store.ReadVerified("corrupt", put.Sha256!, Token));

        Assert.Contains("corrupt", refused.Message, StringComparison.Ordinal);
        Assert.Contains(put.Sha256!, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 4, new byte[] { 0, 1, 2, 3 })]
    [InlineData(3, 2, new byte[] { 3, 4 })]
    [InlineData(8, 100, new byte[] { 8, 9 })]
    [InlineData(10, 1, new byte[] { })]
    [InlineData(1000, 10, new byte[] { })]
    [InlineData(5, 0, new byte[] { })]
    public async Task A_range_is_what_there_is_of_it(long offset, long length, byte[] expected)
    {
        await Store.Put("range", new MemoryStream([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), Token);

        await using var range = await Store.OpenRange("range", offset, length, Token);
        var read = new MemoryStream();
        await range.CopyToAsync(read, Token);

        Assert.Equal(expected, read.ToArray());
    }

    [Fact]
    public async Task What_is_missing_is_said_to_be_missing()
    {
        Assert.Null(await Store.Find("missing/a", Token));
        Assert.Equal("missing/a", (await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.OpenRead("missing/a", Token))).Key);
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.OpenRange("missing/a", 0, 1, Token));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.OpenRange("missing/a", 0, 0, Token));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.Copy("missing/a", "b", Token));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.Move("missing/a", "b", Token));
        await Store.Delete("missing/a", Token);
        Assert.Empty(await Keys("missing"));
    }

    [Fact]
    public async Task Of_sixteen_writers_exactly_one_creates()
    {
        for (var round = 0; round < 5; round++)
        {
            var key = $"claim/{round}";
            var start = new TaskCompletionSource();
            var writers = Enumerable.Range(0, 16).Select(async writer =>
            {
                await start.Task;
                return await Task.Run(() => Store.TryCreate(key, Encoding.UTF8.GetBytes($"writer {writer}"), Token));
            }).ToList();
            start.SetResult();
            var won = await Task.WhenAll(writers);

            var winner = Assert.Single(won.Index(), one => one.Item);
            Assert.Equal($"writer {winner.Index}", Encoding.UTF8.GetString(await Store.ReadAll(key, Token)));
            Assert.False(await Store.TryCreate(key, new byte[] { 1 }, Token));
        }
    }

    [Fact]
    public async Task Creating_from_a_stream_takes_it_from_where_it_stands_and_leaves_it_open()
    {
        var bytes = Random(300_000);
        using var content = new MemoryStream(bytes);
        content.Position = 100;

        Assert.True(await Store.TryCreate("streamed", content, Token));
        content.Position = 0;
        Assert.False(await Store.TryCreate("streamed", content, Token));

        Assert.Equal(bytes[100..], await Store.ReadAll("streamed", Token));
        Assert.True(content.CanRead);
    }

    [Fact]
    public async Task Reading_block_by_block_ends_with_the_verdict_on_the_bytes()
    {
        var bytes = Random(300_000);
        var put = await Store.Put("verified", new MemoryStream(bytes), Token);

        await using var right = await Store.OpenVerified("verified", put.Sha256!, Token);
        using var copy = new MemoryStream();
        await right.CopyToAsync(copy, Token);
        right.Complete();
        await using var wrong = await Store.OpenVerified("verified", new string('0', 64), Token);
        Assert.Equal(1_000, await wrong.ReadAtLeastAsync(new byte[1_000], 1_000, cancellationToken: Token));

        Assert.Equal(bytes, copy.ToArray());
        Assert.Contains(put.Sha256!, Assert.Throws<ObjectCorruptException>(wrong.Complete).Message, StringComparison.Ordinal);
        Assert.Throws<ObjectCorruptException>(wrong.Complete); // also for who asks again
    }

    [Fact]
    public async Task A_reader_never_sees_half_an_object()
    {
        var bytes = Random(3_000_000);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reader = Task.Run(
            async () =>
            {
                while (await Store.Find("whole", Token) is null)
                    await Task.Yield();
                return await Store.ReadAll("whole", Token);
            },
            Token);

        Assert.True(await Store.TryCreate("whole", bytes, Token));

        Assert.Equal(bytes, await reader);
    }

    [Fact]
    public async Task Copy_and_move_end_with_the_same_bytes_over_whatever_was_there()
    {
        var bytes = Random(5_000);
        await Store.Put("from", new MemoryStream(bytes), Token);
        await Store.Put("there", new MemoryStream([9]), Token);

        await Store.Copy("from", "there", Token);
        await Store.Copy("from", "there", Token);
        await Store.Move("from", "deep/er/there", Token);
        await Store.Move("there", "there", Token);

        Assert.Equal(bytes, await Store.ReadAll("there", Token));
        Assert.Equal(bytes, await Store.ReadAll("deep/er/there", Token));
        Assert.Null(await Store.Find("from", Token));
    }

    private async Task<List<string>> Keys(string prefix)
    {
        var keys = new List<string>();
        await foreach (var found in Store.List(prefix, Token))
            keys.Add(found.Key);
        return keys;
    }

    private static byte[] Random(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>A stream as the network gives it: no length, no seeking, in small pieces.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public Action? AtHalf { get; init; }

        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= Length / 2)
                AtHalf?.Invoke();
            return await base.ReadAsync(buffer[..Math.Min(buffer.Length, 65_536)], cancellationToken);
        }
    }
}
