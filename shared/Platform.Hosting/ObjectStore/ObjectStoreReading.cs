using System.Security.Cryptography;

namespace Platform.Hosting;

/// <summary>Reading whole objects, checked.</summary>
public static class ObjectStoreReading
{
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    public static async Task<byte[]> ReadAll(this IObjectStore store, string key, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenRead(key, cancellationToken);
        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
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
}
