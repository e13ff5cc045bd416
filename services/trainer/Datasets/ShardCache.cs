using System.Security.Cryptography;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Trainer.Datasets;

/// <summary>
/// Shards of datasets on the local disk, named by their SHA-256, so that the slices of a run do not fetch them again. Several workers may
/// share the folder, and it may be deleted at any time.
/// </summary>
/// <remarks>
/// A file is complete or absent (renamed when whole) and still checked before use: a damaged one is fetched anew. An open shard holds a
/// shared lock, which ends with its process; only files that nobody locks are removed, least recently used first.
/// </remarks>
internal sealed class ShardCache(IObjectStore store, TrainerOptions options, TimeProvider time)
{
    private const int BlockBytes = 1 << 20;

    // Somebody else may remove or replace a file between fetching and opening it, but not for ever.
    private const int Attempts = 5;

    private readonly CacheFolder _folder = new(options.CacheDirectory, options.DatasetCacheBytes, time);

    /// <summary>The shard's file at its beginning; it stays in the folder as long as the stream is open.</summary>
    /// <exception cref="ObjectCorruptException">The stored object itself is not the one that was written.</exception>
    /// <exception cref="IOException">There is no room beside the shards in use.</exception>
    internal async Task<FileStream> Open(string key, DatasetShard shard, CancellationToken cancellationToken)
    {
        var file = _folder.FileOf(shard.Sha256);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await OpenCached(file, shard, cancellationToken) is { } cached)
                return cached;

            // Whoever waited for another worker's fetch usually finds its file.
            using var turn = await _folder.FetchTurn(cancellationToken);
            if (await OpenCached(file, shard, cancellationToken) is { } fetched)
                return fetched;
            _folder.MakeRoom(shard.SizeBytes);
            await Fetch(key, shard, file, cancellationToken);
        }

        throw new IOException($"Shard {key} does not stay in the cache {options.CacheDirectory}: fetched {Attempts} times, it was gone or changed each time.");
    }

    private async Task<FileStream?> OpenCached(string file, DatasetShard shard, CancellationToken cancellationToken)
    {
        FileStream stream;
        try
        {
            stream = CacheFolder.OpenPinned(file);
        }
        catch (IOException)
        {
            return null; // absent, being removed, or unreadable: a new one takes its place
        }

        try
        {
            if (stream.Length == shard.SizeBytes && Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)) == shard.Sha256)
            {
                stream.Position = 0;
                File.SetLastWriteTimeUtc(stream.SafeFileHandle, time.GetUtcNow().UtcDateTime); // used last
                return stream;
            }
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }

        await stream.DisposeAsync();
        return null;
    }

    private async Task Fetch(string key, DatasetShard shard, string file, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenVerified(key, shard.Sha256, cancellationToken);
        await using var unfinished = _folder.CreateUnfinished(shard.Sha256);
        try
        {
            var block = new byte[BlockBytes];
            while (await content.ReadAsync(block, cancellationToken) is var read and > 0)
            {
                if (unfinished.Position + read > shard.SizeBytes)
                    throw new InvalidDataException($"Shard {key} is longer than the {shard.SizeBytes} bytes of its manifest.");
                await unfinished.WriteAsync(block.AsMemory(0, read), cancellationToken);
            }

            if (unfinished.Position != shard.SizeBytes)
                throw new InvalidDataException($"Shard {key} has {unfinished.Position} bytes, its manifest says {shard.SizeBytes}.");
            // Not forced to the disk: what a power cut leaves under the name is not what its hash says, and is fetched anew.
            File.SetLastWriteTimeUtc(unfinished.SafeFileHandle, time.GetUtcNow().UtcDateTime);
            File.Move(unfinished.Name, file, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished.Name);
            throw;
        }
    }
}
