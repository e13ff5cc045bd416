using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

// One line per function of native/platform_torch.h, in its order and under its names.
internal static partial class Native
{
    [LibraryImport(Library)] internal static partial int pt_reshape(TensorHandle t, ReadOnlySpan<long> size, int n, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_view(TensorHandle t, ReadOnlySpan<long> size, int n, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_expand(TensorHandle t, ReadOnlySpan<long> size, int n, int @implicit, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_repeat(TensorHandle t, ReadOnlySpan<long> repeats, int n, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_permute(TensorHandle t, ReadOnlySpan<long> dims, int n, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_flip(TensorHandle t, ReadOnlySpan<long> dims, int n, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_transpose(TensorHandle t, long dim0, long dim1, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_flatten(TensorHandle t, long startDim, long endDim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_unsqueeze(TensorHandle t, long dim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_squeeze(TensorHandle t, long dim, int hasDim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_narrow(TensorHandle t, long dim, long start, long length, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_slice(TensorHandle t, long dim, long start, long finish, long step, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_select(TensorHandle t, long dim, long index, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_index_select(TensorHandle t, long dim, TensorHandle index, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_index(TensorHandle t, ReadOnlySpan<NativeIndex> items, int n, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_index_put_(TensorHandle t, ReadOnlySpan<NativeIndex> items, int n, TensorHandle value);
    [LibraryImport(Library)] internal static partial int pt_cat(ReadOnlySpan<nint> ts, int n, long dim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_stack(ReadOnlySpan<nint> ts, int n, long dim, out TensorHandle result);
}
