using System.Runtime.InteropServices;
using Platform.Dsp;

namespace Platform.Features.Extracting;

/// <summary>
/// Patches on their way into the store as one <c>.npy</c>, whose header says how many they are: kept in memory while they are few, in a
/// temporary file when they are many.
/// </summary>
internal sealed class PatchSpool(Extraction extraction, int inMemoryBytes = 16 << 20) : IDisposable
{
    // Enough for any number of patches, because headers grow in steps of 64 bytes.
    private const int HeaderBytes = 128;

    private Stream _content = Reserved(new MemoryStream());
    private int _patches;

    public void Dispose() => _content.Dispose();

    public void Add(ReadOnlySpan<float> patch)
    {
        var bytes = MemoryMarshal.AsBytes(patch);
        if (_content is MemoryStream memory && memory.Length + bytes.Length > inMemoryBytes)
            _content = MovedToFile(memory);
        _content.Write(bytes);
        _patches++;
    }

    /// <summary>The whole object, from its beginning; it belongs to the spool.</summary>
    public Stream Finish()
    {
        var header = NpyHeader.Format(NpyFile.DTypeF4, [_patches, extraction.NMels, extraction.OwnFrames]);
        if (header.Length != HeaderBytes)
            throw new InvalidOperationException($"The header of {_patches} patches has {header.Length} bytes, {HeaderBytes} were reserved.");

        _content.Position = 0;
        _content.Write(header);
        _content.Position = 0;
        return _content;
    }

    private static T Reserved<T>(T content) where T : Stream
    {
        content.Write(new byte[HeaderBytes]);
        return content;
    }

    private static FileStream MovedToFile(MemoryStream memory)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 1 << 20,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(Path.Combine(Path.GetTempPath(), $"platform-patches-{Guid.NewGuid():N}"), options);
        memory.WriteTo(file);
        memory.Dispose();
        return file;
    }
}
