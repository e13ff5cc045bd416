using System.Runtime.InteropServices;

namespace Platform.Dsp;

/// <summary>
/// Reads and writes what NumPy's <c>np.load</c> and <c>np.save</c> do: little-endian float16, float32, float64 and int64,
/// rank 0 to 4.
/// </summary>
/// <remarks>
/// Little-endian machines only, which is every one that .NET runs on here. Nothing in a file is ever executed: no pickles.
/// </remarks>
public static class NpyFile
{
    public const string DTypeF2 = "<f2";
    public const string DTypeF4 = "<f4";
    public const string DTypeF8 = "<f8";
    public const string DTypeI8 = "<i8";
    public const int MaxRank = 4;

    internal const long MaxValues = 1L << 30;
    private const int BlockBytes = 1 << 20;

    internal static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <exception cref="InvalidDataException">Not such a file, or its size contradicts its shape.</exception>
    public static NpyArray Read(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return Read(new MemoryStream(bytes, writable: false));
    }

    /// <exception cref="InvalidDataException">Not such a file, or its size contradicts its shape.</exception>
    public static NpyArray Read(Stream stream)
    {
        var header = NpyHeader.Read(stream);
        int[] shape = [.. header.Shape];
        return header.DType switch
        {
            DTypeF2 => NpyArray.Create(ReadValues<Half>(stream, header), shape),
            DTypeF4 => NpyArray.Create(ReadValues<float>(stream, header), shape),
            DTypeF8 => NpyArray.Create(ReadValues<double>(stream, header), shape),
            _ => NpyArray.Create(ReadValues<long>(stream, header), shape),
        };
    }

    public static byte[] Write(NpyArray array)
    {
        using var stream = new MemoryStream();
        Write(stream, array);
        return stream.ToArray();
    }

    public static void Write(Stream stream, NpyArray array)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(array);
        stream.Write(NpyHeader.Format(array.DType, array.Shape));
        switch (array.Values)
        {
            case Half[] halves: stream.Write(MemoryMarshal.AsBytes(halves.AsSpan())); break;
            case float[] singles: stream.Write(MemoryMarshal.AsBytes(singles.AsSpan())); break;
            case double[] doubles: stream.Write(MemoryMarshal.AsBytes(doubles.AsSpan())); break;
            case long[] integers: stream.Write(MemoryMarshal.AsBytes(integers.AsSpan())); break;
        }
    }

    // The shape is a claim: memory grows with the bytes that really arrive.
    private static T[] ReadValues<T>(Stream stream, NpyHeader header) where T : unmanaged
    {
        var count = (int)header.Count;
        var values = new T[Math.Min(count, BlockBytes)];
        var filled = 0;
        while (filled < count)
        {
            if (filled == values.Length)
                Array.Resize(ref values, (int)Math.Min(count, 2L * values.Length));
            var target = MemoryMarshal.AsBytes(values.AsSpan(filled));
            if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) is var read && read < target.Length)
            {
                throw new InvalidDataException(
                    $"The .npy array has shape ({Text(header)}) but ends after {filled + read / header.ItemSize} of {count} values.");
            }

            filled = values.Length;
        }

        if (stream.ReadByte() >= 0)
            throw new InvalidDataException($"The .npy array has shape ({Text(header)}) but more bytes follow its {count} values.");
        return values;
    }

    private static string Text(NpyHeader header) => string.Join(", ", header.Shape);
}
