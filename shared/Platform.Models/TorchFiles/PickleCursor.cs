using System.Buffers.Binary;
using System.Text;

namespace Platform.Models;

/// <summary>Reads the operands of pickle opcodes; whatever would pass the end is an <see cref="InvalidDataException"/>.</summary>
internal ref struct PickleCursor(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    internal int Position { get; private set; }

    internal byte Byte() => Take(1)[0];

    internal ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    internal int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    internal double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    internal string Text(int length)
    {
        try
        {
            return Utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"The pickle holds text that is not UTF-8 before byte {Position}.", exception);
        }
    }

    /// <summary>Two's complement of <paramref name="length"/> bytes (LONG1).</summary>
    internal long Long(int length)
    {
        if (length > 8)
            throw new InvalidDataException($"The pickle holds an integer of {length} bytes at byte {Position}; at most 8 are read.");
        var operand = Take(length);
        var value = length > 0 && (operand[^1] & 0x80) != 0 ? -1L : 0L;
        for (var i = length - 1; i >= 0; i--)
            value = (value << 8) | operand[i];
        return value;
    }

    internal string Line()
    {
        var length = _bytes[Position..].IndexOf((byte)'\n');
        if (length < 0)
            throw Truncated();
        var line = Text(length);
        Position++;
        return line;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _bytes.Length - Position)
            throw Truncated();
        var operand = _bytes.Slice(Position, length);
        Position += length;
        return operand;
    }

    private readonly InvalidDataException Truncated() => new($"The pickle ends within an operand at byte {Position} of {_bytes.Length}.");
}
