using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Platform.Dsp;

namespace Platform.Trainer.Datasets;

/// <summary>
/// A shard <c>[patches, n_mels, frames]</c>, float32, mapped read-only: its pages are the operating system's cache of the file, which it
/// takes back when memory is short. Threads may share it.
/// </summary>
internal sealed partial class MappedShard : IDisposable
{
    private const int MadviseDontNeed = 4;

    private readonly FileStream _file;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly int _dataOffset;
    private readonly int _patchLength;
    private readonly int _patches;

    private MappedShard(FileStream file, NpyHeader header)
    {
        _file = file;
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        (_dataOffset, _patches, _patchLength) = (header.DataOffset, header.Shape[0], header.Shape[1] * header.Shape[2]);
    }

    /// <summary>Maps the file and owns the stream from then on.</summary>
    /// <exception cref="InvalidDataException">Not the array that the manifest describes.</exception>
    internal static MappedShard Open(FileStream file, string name, DatasetShard shard, int nMels, int frames)
    {
        var header = NpyHeader.Read(file);
        if (header.DType != NpyFile.DTypeF4 || header.Shape is not [var patches, var rows, var columns] || (patches, rows, columns) != (shard.Patches, nMels, frames))
        {
            throw new InvalidDataException(
                $"Shard {name} has shape ({string.Join(", ", header.Shape)}) of {header.DType}, its manifest says ({shard.Patches}, {nMels}, {frames}) of {NpyFile.DTypeF4}.");
        }

        var expected = header.DataOffset + header.Count * header.ItemSize;
        return file.Length == expected
            ? new MappedShard(file, header)
            : throw new InvalidDataException($"Shard {name} has {file.Length} bytes, its shape makes {expected}.");
    }

    /// <summary>Copies one patch without any memory of its own.</summary>
    internal unsafe void CopyPatch(int patch, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(patch);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(patch, _patches);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, _patchLength);

        // Counted, so that the memory cannot be unmapped under the copy: that would end the process.
        var counted = false;
        try
        {
            _handle.DangerousAddRef(ref counted);
            var bytes = (byte*)_handle.DangerousGetHandle() + _view.PointerOffset + _dataOffset + (long)patch * _patchLength * sizeof(float);
            new ReadOnlySpan<float>(bytes, _patchLength).CopyTo(destination);
        }
        finally
        {
            if (counted)
                _handle.DangerousRelease();
        }
    }

    /// <summary>Takes the pages read so far out of this process; they stay in the operating system's cache as long as it has room.</summary>
    internal void ReleasePages()
    {
        var counted = false;
        try
        {
            _handle.DangerousAddRef(ref counted);
            if (Madvise(_handle.DangerousGetHandle(), (nuint)_handle.ByteLength, MadviseDontNeed) != 0)
                throw new IOException($"madvise failed on {_file.Name} with error {Marshal.GetLastPInvokeError()}.");
        }
        finally
        {
            if (counted)
                _handle.DangerousRelease();
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Madvise(nint address, nuint length, int advice);

    public void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
        _file.Dispose();
    }
}
