using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Dsp;

/// <summary>What stands before the values of a <c>.npy</c> file.</summary>
/// <param name="DType">NumPy's name of the element type, e.g. <c>&lt;f4</c>.</param>
/// <param name="Shape">Extents, slowest first.</param>
/// <param name="DataOffset">Byte at which the values start.</param>
public sealed partial record NpyHeader(string DType, IReadOnlyList<int> Shape, int DataOffset)
{
    private const int MaxHeaderBytes = 64 * 1024;
    private const int Alignment = 64; // so that NumPy can map the values into memory

    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate(1L, (count, extent) => count * extent);

    /// <summary>Bytes of one value.</summary>
    public int ItemSize => DType[2] - '0';

    /// <summary>The bytes of a header of version 1.0 for this type and shape.</summary>
    public static byte[] Format(string dtype, IReadOnlyList<int> shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var extents = string.Join(", ", shape) + (shape.Count == 1 ? "," : "");
        var text = $"{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({extents}), }}";
        var total = (NpyFile.Magic.Length + 4 + text.Length + 1 + Alignment - 1) / Alignment * Alignment;

        var bytes = new byte[total];
        bytes.AsSpan().Fill((byte)' ');
        NpyFile.Magic.CopyTo(bytes);
        (bytes[6], bytes[7]) = (1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(total - 10));
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(10));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    /// <summary>Reads the header and leaves the stream at the first value.</summary>
    /// <exception cref="InvalidDataException">Not a header, or of an array that is not read here.</exception>
    public static NpyHeader Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var start = Take(stream, 8);
        if (!start.AsSpan(0, 6).SequenceEqual(NpyFile.Magic))
            throw new InvalidDataException("Not a .npy file: it does not begin with \\x93NUMPY.");
        if (start[6] is < 1 or > 3)
            throw new InvalidDataException($"The .npy format version is {start[6]}.{start[7]}, allowed are 1 to 3.");

        var sizeBytes = start[6] == 1 ? 2 : 4;
        var size = Take(stream, sizeBytes);
        var length = sizeBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length > MaxHeaderBytes)
            throw new InvalidDataException($"The .npy header claims {length} bytes, allowed are {MaxHeaderBytes}.");

        return Parse(Encoding.Latin1.GetString(Take(stream, (int)length)), 8 + sizeBytes + (int)length);
    }

    private static NpyHeader Parse(string text, int dataOffset)
    {
        if (Dictionary().Match(text) is not { Success: true } match)
            throw new InvalidDataException($"The .npy header is not understood: {text[..Math.Min(text.Length, 120)].Trim()}");

        var dtype = match.Groups["descr"].Value;
        if (dtype is not (NpyFile.DTypeF2 or NpyFile.DTypeF4 or NpyFile.DTypeF8 or NpyFile.DTypeI8))
            throw new InvalidDataException($"The .npy element type is {dtype}, allowed are <f2, <f4, <f8 and <i8.");

        var extents = match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (extents.Length > NpyFile.MaxRank)
            throw new InvalidDataException($"The .npy array has rank {extents.Length}, allowed are 0 to {NpyFile.MaxRank}.");

        var shape = new int[extents.Length];
        var count = 1L;
        for (var i = 0; i < extents.Length; i++)
        {
            if (!int.TryParse(extents[i], NumberStyles.None, CultureInfo.InvariantCulture, out shape[i]))
                throw new InvalidDataException($"The .npy shape has the extent {extents[i]}, allowed are 0 to {int.MaxValue}.");
            count *= shape[i];
            if (count > NpyFile.MaxValues)
                throw new InvalidDataException($"The .npy shape ({string.Join(", ", extents)}) has more than {NpyFile.MaxValues} values.");
        }

        if (match.Groups["fortran"].Value == "True" && shape.Count(extent => extent > 1) > 1)
            throw new InvalidDataException("The .npy array is in column order; save np.ascontiguousarray(a) instead.");
        return new NpyHeader(dtype, shape, dataOffset);
    }

    private static byte[] Take(Stream stream, int count)
    {
        var bytes = new byte[count];
        if (stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false) < count)
            throw new InvalidDataException("The .npy file ends inside its header.");
        return bytes;
    }

    // NumPy writes the keys in this order; its own reader takes them in any, but nobody writes another.
    [GeneratedRegex(@"^\{\s*'descr':\s*'(?<descr>[^']{1,16})',\s*'fortran_order':\s*(?<fortran>True|False),\s*'shape':\s*\((?<shape>[0-9, ]*)\),?\s*\}\s*$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Dictionary();
}
