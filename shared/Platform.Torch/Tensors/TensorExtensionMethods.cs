using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Reading and writing tensors in TorchSharp's own stream format: type, rank and sizes as LEB128, then the elements.</summary>
public static class TensorExtensionMethods
{
    public static void Save(this Tensor tensor, BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        using var plain = tensor.detach();
        using var here = plain.cpu();
        using var flat = here.contiguous();
        writer.Write7BitEncodedInt64((long)tensor.dtype);
        writer.Write7BitEncodedInt64(tensor.ndim);
        foreach (var size in tensor.shape)
            writer.Write7BitEncodedInt64(size);
        writer.Write(flat.bytes);
    }

    /// <summary>Fills the tensor, which must have the type and shape that the stream holds.</summary>
    public static Tensor Load(this Tensor tensor, BinaryReader reader, bool skip = false)
    {
        using var read = Read(reader);
        if (skip)
            return tensor;
        if (read.dtype != tensor.dtype || !read.shape.AsSpan().SequenceEqual(tensor.shape))
            throw new ArgumentException(
                $"Mismatched tensor: the stream holds {read.dtype} [{string.Join(", ", read.shape)}], " +
                $"expected {tensor.dtype} [{string.Join(", ", tensor.shape)}].");
        using var _ = no_grad();
        tensor.copy_(read).Dispose();
        return tensor;
    }

    internal static Tensor Read(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var code = reader.Read7BitEncodedInt64();
        if (!Enum.IsDefined((ScalarType)code))
            throw new InvalidDataException($"{code} is no element type.");
        var rank = reader.Read7BitEncodedInt64();
        if (rank is < 0 or > 64)
            throw new InvalidDataException($"A tensor cannot have {rank} dimensions.");
        var shape = new long[rank];
        for (var d = 0; d < rank; d++)
            if ((shape[d] = reader.Read7BitEncodedInt64()) < 0)
                throw new InvalidDataException($"Dimension {d} cannot have {shape[d]} elements.");
        var tensor = empty(shape, (ScalarType)code);
        try
        {
            reader.BaseStream.ReadExactly(tensor.bytes);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    public static Modules.Parameter AsParameter(this Tensor tensor) => new(tensor);
}
