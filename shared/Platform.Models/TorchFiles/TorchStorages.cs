using System.IO.Compression;

namespace Platform.Models;

/// <summary>The entries of a <c>torch.save</c> zip: its pickle and the storages that the pickle refers to by key.</summary>
internal sealed class TorchStorages
{
    // Names and shapes only; the weights lie beside it.
    private const int MaxPickleBytes = 16 << 20;

    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _storages = new(StringComparer.Ordinal);
    private readonly string _pickleName;
    private long _materialised;

    internal TorchStorages(ZipArchive zip, string pickleName)
    {
        var pickle = zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/" + pickleName, StringComparison.Ordinal))
            ?? throw new InvalidDataException($"The zip holds no '*/{pickleName}': not a file of torch.save.");
        var root = pickle.FullName[..^pickleName.Length];
        foreach (var entry in zip.Entries.Where(entry => entry.FullName.StartsWith(root, StringComparison.Ordinal)))
        {
            if (!_entries.TryAdd(entry.FullName[root.Length..], entry))
                throw new InvalidDataException($"The zip holds '{entry.FullName}' twice.");
        }

        _pickleName = pickleName;
        if (_entries.ContainsKey("byteorder") && !Read("byteorder", 16).AsSpan().SequenceEqual("little"u8))
            throw new InvalidDataException("The file's byte order is not little-endian.");
    }

    internal byte[] Pickle() => Read(_pickleName, MaxPickleBytes);

    internal byte[] Storage(string key)
    {
        if (!_storages.TryGetValue(key, out var storage))
            _storages[key] = storage = Read("data/" + key, TorchFile.MaxBytes);
        return storage;
    }

    /// <summary>Counts memory for a tensor: strides of zero and shared storages let a small file ask for very much.</summary>
    internal void Reserve(long bytes)
    {
        _materialised += bytes;
        if (_materialised > TorchFile.MaxBytes)
            throw new InvalidDataException($"The tensors take more than {TorchFile.MaxBytes} bytes.");
    }

    private byte[] Read(string name, long limit)
    {
        if (!_entries.TryGetValue(name, out var entry))
            throw new InvalidDataException($"The zip lacks the entry '{name}'.");
        // torch.save stores, so a length is also a length within the file: no entry can unpack to more than was sent.
        if (entry.Length != entry.CompressedLength)
            throw new InvalidDataException($"The entry '{name}' is compressed; torch.save stores without compression.");
        if (entry.Length > limit)
            throw new InvalidDataException($"The entry '{name}' has {entry.Length} bytes, at most {limit} are read.");
        if (name != _pickleName && !name.Equals("byteorder", StringComparison.Ordinal))
            Reserve(entry.Length);

        var content = new byte[entry.Length];
        using var stream = entry.Open();
        try
        {
            stream.ReadExactly(content);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException($"The entry '{name}' ends before its {entry.Length} bytes.", exception);
        }

        return content;
    }
}
