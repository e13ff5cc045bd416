using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Platform.Models;

/// <summary>Element types of tensors in a state dict.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "They are named after PyTorch's types.")]
public enum TensorType
{
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,
}

/// <summary>One tensor of a state dict: contiguous, row-major, little-endian.</summary>
public sealed class StateTensor
{
    public StateTensor(TensorType type, IReadOnlyList<long> shape, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(shape);
        foreach (var length in shape)
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
        var expected = checked(shape.Aggregate(1L, (product, length) => checked(product * length)) * SizeOf(type));
        if (expected != data.Length)
        {
            throw new ArgumentException(
                $"A {type} tensor of shape [{string.Join(", ", shape)}] has {expected} bytes, got {data.Length}.", nameof(data));
        }

        (Type, Shape, Data) = (type, [.. shape], data);
    }

    public TensorType Type { get; }

    /// <summary>Empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    public ReadOnlyMemory<byte> Data { get; }

    public static StateTensor FromFloats(ReadOnlySpan<float> values, params IReadOnlyList<long> shape) =>
        new(TensorType.Float32, shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>The elements of a <see cref="TensorType.Float32"/> tensor.</summary>
    public float[] ToFloats() =>
        Type == TensorType.Float32
            ? MemoryMarshal.Cast<byte, float>(Data.Span).ToArray()
            : throw new InvalidOperationException($"The tensor holds {Type}, not {TensorType.Float32}.");

    /// <summary>Bytes per element.</summary>
    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.Float64 or TensorType.Int64 => 8,
        TensorType.Float32 or TensorType.Int32 => 4,
        TensorType.Float16 or TensorType.BFloat16 or TensorType.Int16 => 2,
        TensorType.Int8 or TensorType.UInt8 or TensorType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown tensor type."),
    };
}
