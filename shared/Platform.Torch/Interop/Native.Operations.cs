using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

// One line per function of native/platform_torch.h, in its order and under its names.
internal static partial class Native
{
    [LibraryImport(Library)] internal static partial int pt_unary(int op, TensorHandle t, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_unary_(int op, TensorHandle t);
    [LibraryImport(Library)] internal static partial int pt_binary(int op, TensorHandle a, TensorHandle b, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_binary_scalar(int op, TensorHandle a, NativeScalar b, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_binary_(int op, TensorHandle a, TensorHandle b);
    [LibraryImport(Library)] internal static partial int pt_binary_scalar_(int op, TensorHandle a, NativeScalar b);
    [LibraryImport(Library)] internal static partial int pt_add(TensorHandle a, TensorHandle b, NativeScalar alpha, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_add_(TensorHandle a, TensorHandle b, NativeScalar alpha);
    [LibraryImport(Library)]
    internal static partial int pt_add_scalar(TensorHandle a, NativeScalar b, NativeScalar alpha, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_add_scalar_(TensorHandle a, NativeScalar b, NativeScalar alpha);
    [LibraryImport(Library)] internal static partial int pt_sub(TensorHandle a, TensorHandle b, NativeScalar alpha, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_sub_(TensorHandle a, TensorHandle b, NativeScalar alpha);
    [LibraryImport(Library)]
    internal static partial int pt_sub_scalar(TensorHandle a, NativeScalar b, NativeScalar alpha, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_sub_scalar_(TensorHandle a, NativeScalar b, NativeScalar alpha);
    [LibraryImport(Library)] internal static partial int pt_rsub_scalar(TensorHandle a, NativeScalar b, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_addcmul_(TensorHandle t, TensorHandle a, TensorHandle b, NativeScalar value);
    [LibraryImport(Library)] internal static partial int pt_addcdiv_(TensorHandle t, TensorHandle a, TensorHandle b, NativeScalar value);
    [LibraryImport(Library)] internal static partial int pt_clamp(TensorHandle t, NativeScalar min, NativeScalar max, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_clamp_(TensorHandle t, NativeScalar min, NativeScalar max);
    [LibraryImport(Library)] internal static partial int pt_fill_(TensorHandle t, NativeScalar value);
    [LibraryImport(Library)] internal static partial int pt_copy_(TensorHandle t, TensorHandle source, int nonBlocking);
    [LibraryImport(Library)]
    internal static partial int pt_where(TensorHandle condition, TensorHandle a, TensorHandle b, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_reduce(
        int op, TensorHandle t, ReadOnlySpan<long> dims, int n, int keepdim, int dtype, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_moment(
        int standardDeviation, TensorHandle t, ReadOnlySpan<long> dims, int n, int unbiased, int keepdim, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_extreme(
        int maximum, TensorHandle t, long dim, int keepdim, out TensorHandle values, out TensorHandle indices);
    [LibraryImport(Library)]
    internal static partial int pt_arg_extreme(int maximum, TensorHandle t, long dim, int hasDim, int keepdim, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_truth(int all, TensorHandle t, long dim, int hasDim, int keepdim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_cumsum(TensorHandle t, long dim, int dtype, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_sort(
        TensorHandle t, long dim, int descending, int stable, out TensorHandle values, out TensorHandle indices);
    [LibraryImport(Library)]
    internal static partial int pt_quantile(TensorHandle t, TensorHandle q, long dim, int hasDim, int keepdim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_softmax(TensorHandle t, long dim, int dtype, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial int pt_conv2d(
        TensorHandle x, TensorHandle w, TensorHandle b, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation, long groups, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_conv_transpose2d(
        TensorHandle x, TensorHandle w, TensorHandle b, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding,
        ReadOnlySpan<long> outputPadding, ReadOnlySpan<long> dilation, long groups, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_batch_norm(
        TensorHandle x, TensorHandle w, TensorHandle b, TensorHandle mean, TensorHandle var, int training, double momentum,
        double eps, int relu, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_linear(TensorHandle x, TensorHandle w, TensorHandle b, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_pad(TensorHandle x, ReadOnlySpan<long> pad, int n, int mode, double value, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_mse_loss(TensorHandle x, TensorHandle target, int reduction, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_l1_loss(TensorHandle x, TensorHandle target, int reduction, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_dropout(TensorHandle x, double p, int training, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial int pt_adam_step(
        ReadOnlySpan<nint> @params, ReadOnlySpan<nint> expAvg, ReadOnlySpan<nint> expAvgSq, ReadOnlySpan<nint> maxExpAvgSq,
        ReadOnlySpan<long> steps, int n, AdamStepOptions options);
    [LibraryImport(Library)] internal static partial int pt_zero_grad(ReadOnlySpan<nint> @params, int n, int setToNone);
}
