using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private Tensor Reduce(ReduceOp op, ReadOnlySpan<long> dims, int count, bool keepdim, ScalarType? type) =>
            From(Native.pt_reduce((int)op, Borrowed, dims, count, keepdim ? 1 : 0, type is { } t ? (int)t : -1, out var result), result);

        private Tensor Moment(bool deviation, ReadOnlySpan<long> dims, int count, bool unbiased, bool keepdim, ScalarType? type)
        {
            var status = Native.pt_moment(deviation ? 1 : 0, Borrowed, dims, count, unbiased ? 1 : 0, keepdim ? 1 : 0, out var handle);
            var result = From(status, handle);
            return type is { } t && t != result.dtype ? result.to_type(t, disposeAfter: true) : result;
        }

        public Tensor sum(ScalarType? type = null) => Reduce(ReduceOp.Sum, default, -1, false, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            Reduce(ReduceOp.Sum, dim, dim.Length, keepdim, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => sum(dim.AsSpan(), keepdim, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        public Tensor mean() => Reduce(ReduceOp.Mean, default, -1, false, null);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Reduce(ReduceOp.Mean, dimensions, dimensions.Length, keepdim, type);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false) => Reduce(ReduceOp.AMin, dims, dims.Length, keepdim, null);

        public Tensor amin(params long[] dims) => amin(dims.AsSpan());

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false) => Reduce(ReduceOp.AMax, dims, dims.Length, keepdim, null);

        public Tensor amax(params long[] dims) => amax(dims.AsSpan());

        public Tensor var(bool unbiased = true) => Moment(false, default, -1, unbiased, false, null);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Moment(false, [dim], 1, unbiased, keepdim, type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Moment(false, dimensions, dimensions.Length, unbiased, keepdim, type);

        public Tensor std(bool unbiased = true) => Moment(true, default, -1, unbiased, false, null);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Moment(true, [dim], 1, unbiased, keepdim, type);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Moment(true, dimensions, dimensions.Length, unbiased, keepdim, type);

        public Tensor min() => Unary(UnaryOp.Min);

        public Tensor max() => Unary(UnaryOp.Max);

        public Tensor median() => Unary(UnaryOp.Median);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Extreme(0, dim, keepdim);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Extreme(1, dim, keepdim);

        private (Tensor, Tensor) Extreme(int maximum, long dim, bool keepdim)
        {
            Native.Check(Native.pt_extreme(maximum, Borrowed, dim, keepdim ? 1 : 0, out var values, out var indices));
            return (new Tensor(values), new Tensor(indices));
        }

        public Tensor argmax() => From(Native.pt_arg_extreme(1, Borrowed, 0, 0, 0, out var result), result);

        public Tensor argmax(long dim, bool keepdim = false) =>
            From(Native.pt_arg_extreme(1, Borrowed, dim, 1, keepdim ? 1 : 0, out var result), result);

        public Tensor argmin() => From(Native.pt_arg_extreme(0, Borrowed, 0, 0, 0, out var result), result);

        public Tensor argmin(long dim, bool keepdim = false) =>
            From(Native.pt_arg_extreme(0, Borrowed, dim, 1, keepdim ? 1 : 0, out var result), result);

        public Tensor all() => From(Native.pt_truth(1, Borrowed, 0, 0, 0, out var result), result);

        public Tensor all(long dim, bool keepdim = false) =>
            From(Native.pt_truth(1, Borrowed, dim, 1, keepdim ? 1 : 0, out var result), result);

        public Tensor any() => From(Native.pt_truth(0, Borrowed, 0, 0, 0, out var result), result);

        public Tensor any(long dim, bool keepdim = false) =>
            From(Native.pt_truth(0, Borrowed, dim, 1, keepdim ? 1 : 0, out var result), result);

        public Tensor cumsum(long dim, ScalarType? type = null) =>
            From(Native.pt_cumsum(Borrowed, dim, type is { } t ? (int)t : -1, out var result), result);

        public (Tensor values, Tensor indices) sort(long dim = -1, bool descending = false, bool stable = false)
        {
            Native.Check(Native.pt_sort(Borrowed, dim, descending ? 1 : 0, stable ? 1 : 0, out var values, out var indices));
            return (new Tensor(values), new Tensor(indices));
        }

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false)
        {
            ArgumentNullException.ThrowIfNull(q);
            return From(Native.pt_quantile(Borrowed, q.Borrowed, dim, 1, keepdim ? 1 : 0, out var result), result);
        }
    }

    public static Tensor sum(Tensor input, ScalarType? type = null) => input.sum(type);

    public static Tensor sum(Tensor input, ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);

    public static Tensor sum(Tensor input, long dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);

    public static Tensor mean(Tensor input) => input.mean();

    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
        input.mean(dimensions, keepdim, type);

    public static Tensor var(Tensor input, bool unbiased = true) => input.var(unbiased);

    public static Tensor var(Tensor input, long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
        input.var(dim, unbiased, keepdim, type);

    public static Tensor var(Tensor input, long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
        input.var(dimensions, unbiased, keepdim, type);

    public static Tensor std(Tensor input, bool unbiased = true) => input.std(unbiased);

    public static Tensor std(Tensor input, long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
        input.std(dim, unbiased, keepdim, type);

    public static Tensor std(Tensor input, long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
        input.std(dimensions, unbiased, keepdim, type);

    public static Tensor min(Tensor input) => input.min();

    public static Tensor max(Tensor input) => input.max();

    public static Tensor min(Tensor input, Tensor other) => input.minimum(other);

    public static Tensor max(Tensor input, Tensor other) => input.maximum(other);

    public static (Tensor values, Tensor indexes) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);

    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);

    public static Tensor argmax(Tensor input) => input.argmax();

    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);

    public static Tensor argmin(Tensor input) => input.argmin();

    public static Tensor argmin(Tensor input, long dim, bool keepdim = false) => input.argmin(dim, keepdim);

    public static Tensor all(Tensor input) => input.all();

    public static Tensor all(Tensor input, long dim, bool keepdim = false) => input.all(dim, keepdim);

    public static Tensor any(Tensor input) => input.any();

    public static Tensor any(Tensor input, long dim, bool keepdim = false) => input.any(dim, keepdim);

    public static (Tensor values, Tensor indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false) =>
        input.sort(dim, descending, stable);

    public static Tensor quantile(Tensor input, Tensor q, long dim = -1, bool keepdim = false) => input.quantile(q, dim, keepdim);
}
