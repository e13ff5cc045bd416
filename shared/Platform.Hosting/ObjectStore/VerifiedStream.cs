using System.Security.Cryptography;

namespace Platform.Hosting;

/// <summary>An object that is hashed while it is read; whoever reads to its end learns there whether it was the one expected.</summary>
/// <remarks>What was read before the end is not to be trusted until then: call <see cref="Complete"/> before using what was made of it.</remarks>
public sealed class VerifiedStream : Stream
{
    private readonly Stream content;
    private readonly string key;
    private readonly string expectedSha256;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string? actualSha256;

    internal VerifiedStream(Stream content, string key, string expectedSha256) =>
        (this.content, this.key, this.expectedSha256) = (content, key, expectedSha256);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is left.</summary>
    /// <exception cref="ObjectCorruptException">The bytes are not the ones expected.</exception>
    public void Complete()
    {
        Span<byte> rest = new byte[64 * 1024];
        while (Read(rest) > 0)
        {
            // hashed on the way
        }
    }

    /// <exception cref="ObjectCorruptException">The end was reached and the bytes are not the ones expected.</exception>
    public override int Read(Span<byte> buffer)
    {
        var read = content.Read(buffer);
        Hash(buffer[..read], ended: read == 0 && buffer.Length > 0);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="ObjectCorruptException">The end was reached and the bytes are not the ones expected.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await content.ReadAsync(buffer, cancellationToken);
        Hash(buffer.Span[..read], ended: read == 0 && buffer.Length > 0);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Hash(ReadOnlySpan<byte> bytes, bool ended)
    {
        if (actualSha256 is null)
            hash.AppendData(bytes);
        if (!ended)
            return;

        actualSha256 ??= Convert.ToHexStringLower(hash.GetHashAndReset());
        if (actualSha256 != expectedSha256)
            throw new ObjectCorruptException(key, expectedSha256, actualSha256);
    }
}
