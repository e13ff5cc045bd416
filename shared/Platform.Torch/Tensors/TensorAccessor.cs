using System.Collections;

namespace TorchSharp.Utils;

/// <summary>A tensor's elements as an ordered collection, in row-major order whatever the strides are.</summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor tensor;
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        this.tensor = tensor;
        shape = tensor.shape;
        strides = tensor.stride();
        contiguous = tensor.is_contiguous();
        Count = tensor.numel();
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    public T[] ToArray()
    {
        var values = new T[Count];
        CopyTo(values);
        return values;
    }

    /// <summary>The elements by one linear index, or by one index per dimension.</summary>
    public unsafe T this[params long[] indices]
    {
        get => ((T*)tensor.DataPointer)[Offset(indices)];
        set => ((T*)tensor.DataPointer)[Offset(indices)] = value;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public unsafe void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array[arrayIndex..];
        var count = (int)Math.Min(target.Length, Count - tensorIndex);
        var source = (T*)tensor.DataPointer;
        if (contiguous)
            new ReadOnlySpan<T>(source + tensorIndex, count).CopyTo(target);
        else
            for (var i = 0; i < count; i++)
                target[i] = source[Linear(tensorIndex + i)];
        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyFrom(new ReadOnlySpan<T>(array), arrayIndex, tensorIndex);

    public unsafe void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = array[arrayIndex..];
        var count = (int)Math.Min(source.Length, Count - tensorIndex);
        var target = (T*)tensor.DataPointer;
        if (contiguous)
            source[..count].CopyTo(new Span<T>(target + tensorIndex, count));
        else
            for (var i = 0; i < count; i++)
                target[Linear(tensorIndex + i)] = source[i];
        GC.KeepAlive(tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The accessor owns nothing; the tensor stays.</summary>
    public void Dispose()
    {
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1 && shape.Length != 1)
            return Linear(indices[0]);
        if (indices.Length != shape.Length)
            throw new ArgumentException($"{indices.Length} indices for a tensor of {shape.Length} dimensions.");
        long offset = 0;
        for (var d = 0; d < indices.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= shape[d])
                throw new ArgumentOutOfRangeException(nameof(indices), indices[d], $"Dimension {d} has {shape[d]} elements.");
            offset += indices[d] * strides[d];
        }

        return offset;
    }

    private long Linear(long index)
    {
        if (index < 0 || index >= Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The tensor has {Count} elements.");
        if (contiguous)
            return index;
        long offset = 0;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            (index, var within) = Math.DivRem(index, shape[d]);
            offset += within * strides[d];
        }

        return offset;
    }
}
