using System.Buffers;
using System.Security.Cryptography;

namespace Platform.Hosting;

/// <summary>Copies a stream to its end in constant memory and hashes it on the way.</summary>
internal static class HashingCopy
{
    private const int BufferBytes = 128 * 1024;

    public static async Task<(long Size, string Sha256)> Run(Stream from, Stream to, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var size = 0L;
            int read;
            while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                size += read;
            }

            cancellationToken.ThrowIfCancellationRequested(); // a source that ends quietly when cancelled is not complete
            return (size, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
