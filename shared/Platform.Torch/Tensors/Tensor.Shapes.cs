using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor reshape(params long[] shape) => From(Native.pt_reshape(Borrowed, shape, shape.Length, out var result), result);

        public Tensor reshape(ReadOnlySpan<long> shape) => From(Native.pt_reshape(Borrowed, shape, shape.Length, out var result), result);

        public Tensor view(params long[] shape) => From(Native.pt_view(Borrowed, shape, shape.Length, out var result), result);

        public Tensor view(ReadOnlySpan<long> shape) => From(Native.pt_view(Borrowed, shape, shape.Length, out var result), result);

        public Tensor view_as(Tensor other)
        {
            ArgumentNullException.ThrowIfNull(other);
            return view(other.shape);
        }

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) =>
            From(Native.pt_expand(Borrowed, sizes, sizes.Length, isImplicit ? 1 : 0, out var result), result);

        public Tensor expand(long[] sizes, bool isImplicit = false) => expand(sizes.AsSpan(), isImplicit);

        public Tensor expand(params long[] sizes) => expand(sizes.AsSpan());

        public Tensor expand_as(Tensor other)
        {
            ArgumentNullException.ThrowIfNull(other);
            return expand(other.shape.AsSpan());
        }

        public Tensor repeat(params long[] sizes) => From(Native.pt_repeat(Borrowed, sizes, sizes.Length, out var result), result);

        public Tensor permute(params long[] permutation) =>
            From(Native.pt_permute(Borrowed, permutation, permutation.Length, out var result), result);

        public Tensor flip(params long[] dims) => From(Native.pt_flip(Borrowed, dims, dims.Length, out var result), result);

        public Tensor transpose(long dim0, long dim1) => From(Native.pt_transpose(Borrowed, dim0, dim1, out var result), result);

        public Tensor t() => Unary(UnaryOp.T);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            From(Native.pt_flatten(Borrowed, start_dim, end_dim, out var result), result);

        public Tensor unsqueeze(long dim) => From(Native.pt_unsqueeze(Borrowed, dim, out var result), result);

        public Tensor squeeze(long? dim = null) =>
            From(Native.pt_squeeze(Borrowed, dim ?? 0, dim.HasValue ? 1 : 0, out var result), result);

        public Tensor narrow(long dim, long start, long length) =>
            From(Native.pt_narrow(Borrowed, dim, start, length, out var result), result);

        public Tensor slice(long dim, long start, long finish, long step) =>
            From(Native.pt_slice(Borrowed, dim, start, finish, step, out var result), result);

        public Tensor select(long dim, long index) => From(Native.pt_select(Borrowed, dim, index, out var result), result);

        public Tensor index_select(long dim, Tensor index)
        {
            ArgumentNullException.ThrowIfNull(index);
            return From(Native.pt_index_select(Borrowed, dim, index.Borrowed, out var result), result);
        }

        public Tensor masked_select(Tensor mask) => Binary(BinaryOp.MaskedSelect, mask);

        public Tensor nonzero() => Unary(UnaryOp.Nonzero);
    }

    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        var handles = Handles(tensors);
        var result = Tensor.From(Native.pt_cat(handles, handles.Length, dim, out var joined), joined);
        GC.KeepAlive(tensors);
        return result;
    }

    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        var list = tensors.ToArray();
        var result = Tensor.From(Native.pt_stack(Handles(list), list.Length, dim, out var joined), joined);
        GC.KeepAlive(list);
        return result;
    }

    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);

    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);

    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);

    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);

    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);

    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);

    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);

    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);

    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);

    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) =>
        Tensor.From(Native.pt_where(condition.Borrowed, x.Borrowed, y.Borrowed, out var result), result);
}
