using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

// One line per function of native/platform_torch.h, in its order and under its names.
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial int pt_fill_new(
        int what, ReadOnlySpan<long> size, int n, TensorSpec spec, GeneratorHandle generator, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_full(ReadOnlySpan<long> size, int n, NativeScalar value, TensorSpec spec, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_arange(NativeScalar start, NativeScalar stop, NativeScalar step, TensorSpec spec, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_linspace(double start, double end, long steps, TensorSpec spec, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_eye(long rows, long columns, TensorSpec spec, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_like(int what, TensorHandle t, TensorSpec spec, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_from_data(
        nint data, int dataDtype, ReadOnlySpan<long> size, int n, TensorSpec spec, out TensorHandle result);
    [LibraryImport(Library)]
    internal static unsafe partial int pt_from_shared(
        nint data, int dataDtype, ReadOnlySpan<long> size, int n, delegate* unmanaged<nint, void> release, nint context,
        out TensorHandle result);
    [LibraryImport(Library)] internal static partial void pt_tensor_free(nint t);
    [LibraryImport(Library)] internal static partial int pt_reference(TensorHandle t, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_dim(TensorHandle t, out long result);
    [LibraryImport(Library)] internal static partial int pt_numel(TensorHandle t, out long result);
    [LibraryImport(Library)] internal static partial int pt_sizes(TensorHandle t, Span<long> result);
    [LibraryImport(Library)] internal static partial int pt_strides(TensorHandle t, Span<long> result);
    [LibraryImport(Library)] internal static partial int pt_info(TensorHandle t, out TensorSpec result, out int isLeaf, out int elementSize);
    [LibraryImport(Library)] internal static partial int pt_is_contiguous(TensorHandle t, out int result);
    [LibraryImport(Library)] internal static partial int pt_data(TensorHandle t, out nint result);
    [LibraryImport(Library)] internal static partial int pt_item_real(TensorHandle t, out double result);
    [LibraryImport(Library)] internal static partial int pt_item_integer(TensorHandle t, out long result);
    [LibraryImport(Library)] internal static partial int pt_equal(TensorHandle a, TensorHandle b, out int result);
    [LibraryImport(Library)]
    internal static partial int pt_allclose(TensorHandle a, TensorHandle b, double rtol, double atol, int equalNan, out int result);
    [LibraryImport(Library)]
    internal static partial int pt_to(
        TensorHandle t, int dtype, int deviceType, int deviceIndex, int copy, int nonBlocking, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_contiguous(TensorHandle t, int memoryFormat, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_to_string(TensorHandle t, Span<byte> text, int capacity);

    [LibraryImport(Library)] internal static partial int pt_set_requires_grad(TensorHandle t, int on);
    [LibraryImport(Library)] internal static partial int pt_retain_grad(TensorHandle t);
    [LibraryImport(Library)] internal static partial int pt_grad(TensorHandle t, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_set_grad(TensorHandle t, TensorHandle grad);
    [LibraryImport(Library)]
    internal static partial int pt_backward(
        ReadOnlySpan<nint> ts, ReadOnlySpan<nint> grads, int n, int retainGraph, int createGraph, ReadOnlySpan<nint> inputs,
        int inputsN);
}
