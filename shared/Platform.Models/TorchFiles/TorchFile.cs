using System.IO.Compression;

namespace Platform.Models;

/// <summary>
/// Reads and writes plain state dicts (name → tensor) in the zip form of <c>torch.save</c>, without Python or libtorch.
/// </summary>
/// <remarks>
/// What it writes loads with <c>torch.load(path, weights_only=True)</c>, and equal tensors give equal bytes. What it reads
/// can be hostile: a pickle is interpreted by a machine that knows tensors and containers only, so nothing in it is
/// executed; every length is checked against the file before memory is taken. Anything else is an
/// <see cref="InvalidDataException"/>.
/// </remarks>
public static class TorchFile
{
    /// <summary>Largest file and largest sum of tensors that are read; the platform's networks have a few MB.</summary>
    public const long MaxBytes = 1L << 30;

    private const string Root = "archive";
    private const string PickleName = "data.pkl";

    // The lower bound of the zip format: a real time would make equal weights unequal files.
    private static readonly DateTimeOffset Timestamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static byte[] Write(IReadOnlyList<KeyValuePair<string, StateTensor>> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, _) in tensors)
        {
            if (!names.Add(name))
                throw new ArgumentException($"The state dict names '{name}' twice.", nameof(tensors));
        }

        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, PickleName, StateDictPickle.Write(tensors));
            Add(zip, "byteorder", "little"u8);
            for (var i = 0; i < tensors.Count; i++)
                Add(zip, $"data/{i}", tensors[i].Value.Data.Span);
            Add(zip, "version", "3\n"u8);
        }

        return file.ToArray();
    }

    /// <summary>The tensors in the order of the file.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a plain state dict.</exception>
    public static IReadOnlyList<KeyValuePair<string, StateTensor>> Read(ReadOnlyMemory<byte> file)
    {
        if (file.Length < 4 || !file.Span[..4].SequenceEqual("PK\u0003\u0004"u8))
            throw new InvalidDataException("Not a zip file: only files of torch.save in its zip form (PyTorch 1.6 and later) are read.");
        if (file.Length > MaxBytes)
            throw new InvalidDataException($"The file has {file.Length} bytes, at most {MaxBytes} are read.");

        try
        {
            using var zip = new ZipArchive(new MemoryStream(file.ToArray(), writable: false), ZipArchiveMode.Read);
            var storages = new TorchStorages(zip, PickleName);
            return StateDictPickle.Read(storages.Pickle(), storages);
        }
        catch (Exception exception) when (exception is IOException or NotSupportedException or ArgumentException)
        {
            // What ZipArchive throws on archives that contradict themselves, beside InvalidDataException.
            throw new InvalidDataException($"The zip cannot be read: {exception.Message}", exception);
        }
    }

    private static void Add(ZipArchive zip, string name, ReadOnlySpan<byte> content)
    {
        var entry = zip.CreateEntry($"{Root}/{name}", CompressionLevel.NoCompression);
        entry.LastWriteTime = Timestamp;
        using var stream = entry.Open();
        stream.Write(content);
    }
}
