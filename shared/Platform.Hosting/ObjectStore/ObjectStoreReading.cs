using System.Security.Cryptography;

namespace Platform.Hosting;

/// <summary>Reading objects, checked, and writing small ones.</summary>
public static class ObjectStoreReading
{
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    public static async Task<byte[]> ReadAll(this IObjectStore store, string key, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenRead(key, cancellationToken);
        if (content.CanSeek)
        {
            var bytes = new byte[content.Length];
            await content.ReadExactlyAsync(bytes, cancellationToken);
            return bytes;
        }

        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }

    /// <summary><see cref="IObjectStore.TryCreate"/> of bytes in memory.</summary>
    public static async Task<bool> TryCreate(
        this IObjectStore store, string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        return await store.TryCreate(key, stream, cancellationToken);
    }

    /// <summary>Reads an object whose hash is known from elsewhere; any other content is refused.</summary>
    /// <exception cref="ObjectCorruptException">The bytes are not the ones expected.</exception>
    public static async Task<byte[]> ReadVerified(
        this IObjectStore store, string key, string expectedSha256, CancellationToken cancellationToken)
    {
        var content = await store.ReadAll(key, cancellationToken);
        var actual = Convert.ToHexStringLower(SHA256.HashData(content));
        return actual == expectedSha256 ? content : throw new ObjectCorruptException(key, expectedSha256, actual);
    }

    /// <summary>Opens an object whose hash is known from elsewhere, to be read in constant memory; see <see cref="VerifiedStream"/>.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    public static async Task<VerifiedStream> OpenVerified(
        this IObjectStore store, string key, string expectedSha256, CancellationToken cancellationToken) =>
        new(await store.OpenRead(key, cancellationToken), key, expectedSha256);
}
