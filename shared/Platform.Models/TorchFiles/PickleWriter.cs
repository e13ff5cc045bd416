using System.Buffers.Binary;
using System.Text;

namespace Platform.Models;

/// <summary>Writes the few opcodes of pickle protocol 2 that a state dict needs.</summary>
internal sealed class PickleWriter : IDisposable
{
    private readonly MemoryStream _pickle = new();

    internal void Op(params ReadOnlySpan<byte> opcodes) => _pickle.Write(opcodes);

    internal void Text(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Op((byte)'X');
        Int32(bytes.Length);
        _pickle.Write(bytes);
    }

    internal void Integer(long value)
    {
        if (value is >= 0 and < 256)
        {
            Op((byte)'K', (byte)value);
        }
        else if (value is >= int.MinValue and <= int.MaxValue)
        {
            Op((byte)'J');
            Int32((int)value);
        }
        else
        {
            Op(0x8a, 8);
            Span<byte> operand = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(operand, value);
            _pickle.Write(operand);
        }
    }

    internal void Global(string module, string name) => _pickle.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    internal void Tuple(IEnumerable<long> values)
    {
        Op((byte)'(');
        foreach (var value in values)
            Integer(value);
        Op((byte)'t');
    }

    internal byte[] ToArray() => _pickle.ToArray();

    public void Dispose() => _pickle.Dispose();

    private void Int32(int value)
    {
        Span<byte> operand = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(operand, value);
        _pickle.Write(operand);
    }
}
