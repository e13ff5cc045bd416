using System.Security.Cryptography;
using System.Text;

namespace Platform.Hosting;

/// <summary>
/// Objects as files below one folder, for a single machine. A new object is written under a hidden name, made durable, and
/// then given its name in one step, so that a process killed anywhere leaves no part of an object behind.
/// </summary>
/// <remarks>
/// Needs a file system with hard links and atomic rename. Unlike S3, a key cannot be an object and the folder of others at
/// the same time (<c>a</c> and <c>a/b</c>): the second one is refused.
/// </remarks>
internal sealed class FolderObjectStore : IProbedObjectStore
{
    // No key can name it: a leading dot is escaped in file names.
    private const string Unfinished = ".unfinished";

    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    private readonly string root;
    private readonly string unfinished;

    public FolderObjectStore(string root)
    {
        this.root = Path.GetFullPath(root);
        unfinished = Path.Combine(this.root, Unfinished);
        Directory.CreateDirectory(unfinished);
        foreach (var file in new DirectoryInfo(unfinished).EnumerateFiles())
        {
            if (DateTime.UtcNow - file.LastWriteTimeUtc > AbandonedAfter)
                file.Delete(); // of a process that was killed
        }
    }

    public async Task<ObjectInfo> Put(string key, Stream content, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        var (file, info) = await WriteUnfinished(key, content, cancellationToken);
        return Finish(file, () =>
        {
            EnsureFolder(Path.GetDirectoryName(path)!);
            File.Move(file, path, overwrite: true);
            PosixFiles.SyncFolder(Path.GetDirectoryName(path)!);
            return info;
        });
    }

    public async Task<bool> TryCreate(string key, Stream content, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        if (File.Exists(path))
            return false;

        var (file, _) = await WriteUnfinished(key, content, cancellationToken);
        return Finish(file, () =>
        {
            EnsureFolder(Path.GetDirectoryName(path)!);
            var won = PosixFiles.TryLink(file, path);
            PosixFiles.SyncFolder(Path.GetDirectoryName(path)!);
            return won;
        });
    }

    public Task<ObjectInfo?> Find(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = new FileInfo(PathOf(key));
        return Task.FromResult(file.Exists ? InfoOf(key, file) : null);
    }

    public Task<Stream> OpenRead(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<Stream>(Open(key));
    }

    public Task<Stream> OpenRange(string key, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        cancellationToken.ThrowIfCancellationRequested();
        var file = Open(key);
        file.Position = offset;
        return Task.FromResult<Stream>(new BoundedStream(file, length));
    }

    public IAsyncEnumerable<ObjectInfo> List(string prefix, CancellationToken cancellationToken)
    {
        // The folder that the prefix surely leads into; its last part may be the beginning of a name.
        var folderKey = prefix[..(prefix.LastIndexOf('/') + 1)];
        var segments = folderKey.Split('/')[..^1];
        return segments.Contains("")
            ? AsyncEnumerable.Empty<ObjectInfo>()
            : Walk(Path.Combine([root, .. segments.Select(FolderNames.Encode)]), folderKey, prefix, cancellationToken).ToAsyncEnumerable();
    }

    /// <summary>Objects never change, so a second name for the same bytes is a copy.</summary>
    public Task Copy(string from, string to, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (source, target) = (PathOf(from), PathOf(to));
        var file = NewUnfinishedName();
        Finish(file, () =>
        {
            try
            {
                PosixFiles.TryLink(source, file);
            }
            catch (FileNotFoundException exception)
            {
                throw new ObjectNotFoundException(from, exception);
            }

            EnsureFolder(Path.GetDirectoryName(target)!);
            File.Move(file, target, overwrite: true);
            PosixFiles.SyncFolder(Path.GetDirectoryName(target)!);
            return true;
        });
        return Task.CompletedTask;
    }

    public async Task Move(string from, string to, CancellationToken cancellationToken)
    {
        if (from == to)
            return;

        await Copy(from, to, cancellationToken);
        await Delete(from, cancellationToken);
    }

    public Task Delete(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(key);
        if (File.Exists(path))
            File.Delete(path);
        return Task.CompletedTask;
    }

    public Task Probe(CancellationToken cancellationToken)
    {
        // The folder of unfinished objects is made at start only: when it is gone, so is the disk.
        var file = NewUnfinishedName();
        File.WriteAllBytes(file, [1]);
        File.Delete(file);
        return Task.CompletedTask;
    }

    private async Task<(string File, ObjectInfo Info)> WriteUnfinished(string key, Stream content, CancellationToken cancellationToken)
    {
        var name = NewUnfinishedName();
        try
        {
            await using var file = new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, useAsync: true);
            var (size, sha256) = await HashingCopy.Run(content, file, cancellationToken);
            file.Flush(flushToDisk: true);
            return (name, new ObjectInfo(key, size, sha256));
        }
        catch
        {
            File.Delete(name);
            throw;
        }
    }

    private static T Finish<T>(string unfinishedFile, Func<T> publish)
    {
        try
        {
            return publish();
        }
        finally
        {
            File.Delete(unfinishedFile); // a second name after linking, nothing after a rename
        }
    }

    private FileStream Open(string key)
    {
        var path = PathOf(key);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0, useAsync: true);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException
            || (exception is UnauthorizedAccessException && Directory.Exists(path)))
        {
            throw new ObjectNotFoundException(key, exception);
        }
    }

    private static IEnumerable<ObjectInfo> Walk(string folder, string folderKey, string prefix, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            yield break;

        var entries = new DirectoryInfo(folder).EnumerateFileSystemInfos()
            .Where(entry => entry.Name[0] != '.')
            .Select(entry => (Entry: entry, Key: folderKey + FolderNames.Decode(entry.Name) + (entry is DirectoryInfo ? "/" : "")))
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(entry => (entry.Entry, entry.Key, Bytes: Encoding.UTF8.GetBytes(entry.Key)))
            .ToList();
        entries.Sort((a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));

        foreach (var (entry, key, _) in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry is DirectoryInfo)
            {
                foreach (var inner in Walk(entry.FullName, key, prefix, cancellationToken))
                    yield return inner;
            }
            else if (new FileInfo(entry.FullName) is { Exists: true } file)
            {
                yield return InfoOf(key, file);
            }
        }
    }

    private string PathOf(string key)
    {
        ObjectKey.Require(key);
        return Path.Combine([root, .. key.Split('/').Select(FolderNames.Encode)]);
    }

    private string NewUnfinishedName() => Path.Combine(unfinished, Guid.NewGuid().ToString("N"));

    private static ObjectInfo InfoOf(string key, FileInfo file) => new(key, file.Length, null) { ModifiedAt = file.LastWriteTimeUtc };

    private static void EnsureFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;

        var parent = Path.GetDirectoryName(folder)!;
        EnsureFolder(parent);
        Directory.CreateDirectory(folder);
        PosixFiles.SyncFolder(parent);
    }
}
