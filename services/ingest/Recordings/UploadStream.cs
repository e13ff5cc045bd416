using Microsoft.AspNetCore.Http;

namespace Platform.Ingest;

/// <summary>The body of an upload: bytes that were read ahead, then the rest of it, and never more than what is accepted.</summary>
internal sealed class UploadStream(ReadOnlyMemory<byte> prefix, Stream rest, long maxBytes) : Stream
{
    private ReadOnlyMemory<byte> ahead = prefix;
    private long read;

    /// <summary>What a client is told whose recording is too long.</summary>
    public static string DescribeLimit(long maxBytes) => $"The body is too large: a recording may have {maxBytes} bytes.";

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        if (ahead.IsEmpty)
        {
            count = await rest.ReadAsync(buffer, cancellationToken);
        }
        else
        {
            count = Math.Min(buffer.Length, ahead.Length);
            ahead[..count].CopyTo(buffer);
            ahead = ahead[count..];
        }

        read += count;
        return read <= maxBytes ? count : throw new BadHttpRequestException(DescribeLimit(maxBytes), StatusCodes.Status413PayloadTooLarge);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A request is read asynchronously only.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
