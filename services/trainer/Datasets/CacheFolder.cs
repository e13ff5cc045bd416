namespace Platform.Trainer.Datasets;

/// <summary>A folder of bounded size whose files are named by their SHA-256 and removed least recently used first.</summary>
/// <remarks>
/// Locks are the operating system's (<c>flock</c>, which is what <see cref="FileShare"/> is on Unix), so they hold between processes and
/// end with them. A removed file stays readable for whoever has it open.
/// </remarks>
internal sealed class CacheFolder(string path, long maxBytes, TimeProvider time)
{
    private const int NameLength = 64;

    private const string TurnName = "fetch.lock";

    // Between creating a file and locking it lie microseconds; nobody is taken for dead in them.
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    internal string FileOf(string sha256) => sha256.Length == NameLength && sha256.All(char.IsAsciiHexDigitLower)
        ? Path.Combine(path, sha256)
        : throw new InvalidDataException($"'{sha256}' is not a SHA-256 in lower-case hex.");

    /// <summary>Opens a file that nobody removes until it is closed.</summary>
    internal static FileStream OpenPinned(string file) =>
        new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>A file that others leave alone while it is open; to be renamed to <see cref="FileOf"/> when whole.</summary>
    internal FileStream CreateUnfinished(string sha256) =>
        new($"{FileOf(sha256)}.{Guid.NewGuid():N}", FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);

    /// <summary>
    /// One worker fetches at a time, so that none fetches what another is about to have and the bound holds for all together. Who waits
    /// for too long, for a frozen one perhaps, goes on without: only economy depends on it.
    /// </summary>
    internal async Task<IDisposable?> FetchTurn(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        for (var since = time.GetTimestamp(); time.GetElapsedTime(since) < LongestWait;)
        {
            if (TryLock(Path.Combine(path, TurnName), FileMode.OpenOrCreate) is { } turn)
                return turn;
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }

        return null;
    }

    /// <summary>Removes what killed workers left behind, then what was not used for longest, until there is room for so many bytes.</summary>
    /// <exception cref="IOException">What is in use leaves no such room.</exception>
    internal void MakeRoom(long bytes)
    {
        var now = time.GetUtcNow();
        var used = 0L;
        var finished = new List<(string Name, long Length, DateTime Used)>();
        foreach (var file in new DirectoryInfo(path).EnumerateFiles().Where(file => file.Name != TurnName && file.Exists))
        {
            // Read at once: what the name stands for may be gone later.
            var (length, written) = (file.Length, file.LastWriteTimeUtc);
            if (file.Name.Length == NameLength)
                finished.Add((file.FullName, length, written));
            else if (now - written > Young && TryRemove(file.FullName))
                continue;
            used += length;
        }

        foreach (var (name, length, _) in finished.OrderBy(file => file.Used))
        {
            if (used + bytes <= maxBytes)
                return;
            if (TryRemove(name))
                used -= length;
        }

        if (used + bytes > maxBytes)
        {
            throw new IOException(
                $"The cache {path} has no room for {bytes} bytes: {used} of {maxBytes} are in use by this and other workers. Raise Trainer:DatasetCacheMebibytes.");
        }
    }

    private static bool TryRemove(string file)
    {
        using var locked = TryLock(file, FileMode.Open);
        if (locked is null)
            return false;
        File.Delete(file);
        return true;
    }

    private static FileStream? TryLock(string file, FileMode mode)
    {
        try
        {
            return new FileStream(file, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException)
        {
            return null; // somebody else has it, or it is gone
        }
    }
}
