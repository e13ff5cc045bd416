namespace Platform.Hosting;

/// <summary>Takes what is written, in memory up to a limit and in a temporary file beyond it, and gives it back for reading.</summary>
internal sealed class SpooledStream(int inMemoryBytes) : Stream
{
    private Stream store = new MemoryStream();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => store.Length;

    public override long Position
    {
        get => store.Position;
        set => throw new NotSupportedException();
    }

    /// <summary>What was written, from its beginning; owned by this stream.</summary>
    public Stream Rewound()
    {
        store.Position = 0;
        return store;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (store is MemoryStream memory && memory.Length + buffer.Length > inMemoryBytes)
        {
            var file = new FileStream(
                Path.Combine(Path.GetTempPath(), $"platform-{Guid.NewGuid():N}"),
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.ReadWrite,
                    Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
                });
            store = file;
            memory.Position = 0;
            await memory.CopyToAsync(file, cancellationToken);
        }

        await store.WriteAsync(buffer, cancellationToken);
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Written asynchronously only.");

    public override void Flush() => store.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            store.Dispose();
        base.Dispose(disposing);
    }
}
