using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor full(
        ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        NoNames(names);
        var spec = Spec(dtype ?? Natural(value), device, requires_grad);
        return Tensor.From(Native.pt_full(size, size.Length, value.Value, spec, out var result), result);
    }

    public static Tensor full(
        long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full(size.AsSpan(), value, dtype, device, requires_grad, names);

    public static Tensor full(
        long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full([size], value, dtype, device, requires_grad, names);

    public static Tensor full(
        long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full([rows, columns], value, dtype, device, requires_grad, names);

    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(input.shape, value, dtype ?? input.dtype, device ?? input.device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    /// <summary>start, start + step, … below stop; integers when all three are.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(stop);
        ArgumentNullException.ThrowIfNull(step);
        var integers = is_integral(start.Type) && is_integral(stop.Type) && is_integral(step.Type);
        var spec = Spec(dtype ?? (integers ? ScalarType.Int64 : defaultDType), device, requires_grad);
        return Tensor.From(Native.pt_arange(start.Value, stop.Value, step.Value, spec, out var result), result);
    }

    public static Tensor linspace(
        double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var spec = Spec(dtype ?? defaultDType, device, requires_grad);
        return Tensor.From(Native.pt_linspace(start, end, steps, spec, out var result), result);
    }

    public static Tensor eye(
        long rows, long columns = -1L, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        NoNames(names);
        var spec = Spec(dtype ?? defaultDType, device, requires_grad);
        return Tensor.From(Native.pt_eye(rows, columns < 0 ? rows : columns, spec, out var result), result);
    }

    public static Tensor randint(
        long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null,
        string[]? names = null)
    {
        NoNames(names);
        var spec = Spec(dtype ?? ScalarType.Int64, device, requires_grad);
        return Tensor.From(Native.pt_randint(low, high, size, size.Length, spec, Generator.Optional(generator), out var result), result);
    }

    public static Tensor randint(
        long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null,
        string[]? names = null) => randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randperm(
        long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        var spec = Spec(dtype ?? ScalarType.Int64, device, requires_grad);
        return Tensor.From(Native.pt_randperm(n, spec, Generator.Optional(generator), out var result), result);
    }

    /// <summary>A tensor over the array's own memory: changes show in both. Another type or device makes a copy.</summary>
    public static unsafe Tensor from_array(
        Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        ArgumentNullException.ThrowIfNull(rawArray);
        NoNames(names);
        var pinned = GCHandle.Alloc(rawArray, GCHandleType.Pinned);
        var element = ToScalarType(rawArray.GetType().GetElementType()!);
        var shape = Shape(rawArray);
        var tensor = Tensor.From(
            Native.pt_from_shared(pinned.AddrOfPinnedObject(), (int)element, shape, shape.Length, &Unpin, GCHandle.ToIntPtr(pinned), out var result), result);
        if (tensor.WillChange(dtype, device))
            tensor = tensor.to(dtype ?? element, device ?? CPU, disposeAfter: true);
        return requires_grad ? tensor.requires_grad_() : tensor;
    }

    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);

    [UnmanagedCallersOnly]
    private static void Unpin(nint context) => GCHandle.FromIntPtr(context).Free();

    private static long[] Shape(Array array) => [.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)];

    private static unsafe Tensor FromValues<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
        where T : unmanaged
    {
        NoNames(names);
        long count = 1;
        foreach (var size in dimensions)
            count *= size;
        if (count != values.Length)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {count} vs. {values.Length}");
        var element = ToScalarType(typeof(T));
        var spec = Spec(dtype ?? element, device, requires_grad);
        fixed (T* data = values)
            return Tensor.From(Native.pt_from_data((nint)data, (int)element, dimensions, dimensions.Length, spec, out var result), result);
    }

    private static unsafe Tensor FromArray(
        Array values, ScalarType element, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        NoNames(names);
        var spec = Spec(dtype ?? element, device, requires_grad);
        var shape = Shape(values);
        fixed (byte* data = &MemoryMarshal.GetArrayDataReference(values))
            return Tensor.From(Native.pt_from_data((nint)data, (int)element, shape, shape.Length, spec, out var result), result);
    }

    private static Tensor Like(NewKind kind, Tensor input, ScalarType? dtype, Device? device, bool requires_grad)
    {
        ArgumentNullException.ThrowIfNull(input);
        var spec = Spec(dtype ?? input.dtype, device ?? input.device, requires_grad);
        return Tensor.From(Native.pt_like((int)kind, input.Borrowed, spec, out var result), result);
    }

    private static TensorSpec Spec(ScalarType dtype, Device? device, bool requires_grad) => new()
    {
        DType = (int)dtype,
        DeviceType = (int)(device?.type ?? DeviceType.CPU),
        DeviceIndex = device is null || device.type == DeviceType.CPU ? -1 : device.index,
        RequiresGrad = requires_grad ? 1 : 0,
    };

    private static ScalarType Natural(Scalar value) =>
        value.Type == ScalarType.Bool ? ScalarType.Bool : is_integral(value.Type) ? ScalarType.Int64 : defaultDType;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void NoNames(string[]? names)
    {
        if (names is { Length: > 0 })
            throw new NotSupportedException("Named dimensions are not supported.");
    }
}
