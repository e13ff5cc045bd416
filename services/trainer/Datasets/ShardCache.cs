using System.Security.Cryptography;
using Platform.Hosting;

namespace Platform.Trainer.Datasets;

/// <summary>
/// Shards of datasets on the local disk, so that the slices of a run do not fetch them again. Whatever lies there is checked
/// before use: a damaged or half-written file is fetched anew, and several workers may share the folder.
/// </summary>
internal sealed class ShardCache(IObjectStore store, TrainerOptions options, TimeProvider time)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(2);

    /// <exception cref="ObjectCorruptException">The stored object itself is not the one that was written.</exception>
    internal async Task<byte[]> Read(string key, string sha256, CancellationToken cancellationToken)
    {
        var file = Path.Combine(options.CacheDirectory, sha256);
        try
        {
            var cached = await File.ReadAllBytesAsync(file, cancellationToken);
            if (Convert.ToHexStringLower(SHA256.HashData(cached)) == sha256)
                return cached;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            Directory.CreateDirectory(options.CacheDirectory);
        }

        var content = await store.ReadVerified(key, sha256, cancellationToken);
        RemoveOld();
        var unfinished = $"{file}.{Guid.NewGuid():N}";
        await File.WriteAllBytesAsync(unfinished, content, cancellationToken);
        File.Move(unfinished, file, overwrite: true);
        return content;
    }

    private void RemoveOld()
    {
        foreach (var file in new DirectoryInfo(options.CacheDirectory).EnumerateFiles())
        {
            if (time.GetUtcNow() - file.LastWriteTimeUtc > KeptFor)
                file.Delete();
        }
    }
}
