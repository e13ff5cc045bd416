using System.IO.Compression;

namespace Platform.Dsp;

/// <summary>Reads and writes what NumPy's <c>np.load</c> and <c>np.savez</c> do: named arrays in a zip archive.</summary>
public static class NpzFile
{
    private const int MaxArrays = 10_000;

    // Zip knows no time zone; a fixed time makes equal arrays equal bytes.
    private static readonly DateTimeOffset EntryTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <exception cref="InvalidDataException">Not such an archive.</exception>
    public static IReadOnlyDictionary<string, NpyArray> Read(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        try
        {
            using var archive = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
            if (archive.Entries.Count > MaxArrays)
                throw new InvalidDataException($"The .npz archive has {archive.Entries.Count} entries, allowed are {MaxArrays}.");

            var arrays = new Dictionary<string, NpyArray>(StringComparer.Ordinal);
            foreach (var entry in archive.Entries)
            {
                using var content = entry.Open();
                if (!arrays.TryAdd(NameOf(entry), NpyFile.Read(content)))
                    throw new InvalidDataException($"The .npz archive has the array '{NameOf(entry)}' twice.");
            }

            return arrays;
        }
        catch (Exception error) when (error is IOException or NotSupportedException or ArgumentException or OverflowException)
        {
            // what ZipArchive throws on archives that contradict themselves, beside InvalidDataException
            throw new InvalidDataException($"The .npz archive cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Stored without compression and ordered by name: equal arrays give equal bytes.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, NpyArray> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, array) in arrays.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                var entry = archive.CreateEntry(name + ".npy", CompressionLevel.NoCompression);
                entry.LastWriteTime = EntryTime;
                using var content = entry.Open();
                NpyFile.Write(content, array);
            }
        }

        return buffer.ToArray();
    }

    private static string NameOf(ZipArchiveEntry entry) =>
        entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : entry.FullName;
}
