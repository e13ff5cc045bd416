using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One part of an index expression: a position, a slice, <c>...</c>, a new axis, a mask or a tensor of positions.</summary>
#pragma warning disable CA1815 // indices are never compared
    public struct TensorIndex
#pragma warning restore CA1815
    {
        private NativeIndex item;
        private Tensor? tensor;

        public static TensorIndex Ellipsis { get; } = Of(2);

        public static TensorIndex None { get; } = Of(0);

        public static TensorIndex Null { get; } = Of(0);

        public static TensorIndex Colon { get; } = Slice();

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null)
        {
            var index = Of(5);
            index.item.Flags = (start.HasValue ? 1 : 0) | (stop.HasValue ? 2 : 0) | (step.HasValue ? 4 : 0);
            index.item.Start = start ?? 0;
            index.item.Stop = stop ?? 0;
            index.item.Step = step ?? 0;
            return index;
        }

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range)
        {
            long start = range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value;
            long? end = range.End is { IsFromEnd: true, Value: 0 } ? null : range.End.IsFromEnd ? -range.End.Value : range.End.Value;
            // ^0 as a start means "after the last element": an empty slice, which libtorch spells with a start past the end
            return Slice(range.Start is { IsFromEnd: true, Value: 0 } ? long.MaxValue : start, end);
        }

        public static TensorIndex Bool(bool value)
        {
            var index = Of(3);
            index.item.Start = value ? 1 : 0;
            return index;
        }

        public static TensorIndex Single(long? index)
        {
            if (index is null)
                return None;
            var single = Of(1);
            single.item.Start = index.Value;
            return single;
        }

        public static TensorIndex Tensor(Tensor tensor) => new() { item = new NativeIndex { Kind = 4 }, tensor = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        internal readonly NativeIndex ToNative()
        {
            var native = item;
            if (native.Kind == 4)
                native.Tensor = tensor!.Handle;
            return native;
        }

        private static TensorIndex Of(long kind) => new() { item = new NativeIndex { Kind = kind } };
    }

    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[Tensor index]
        {
            get => this.index(TensorIndex.Tensor(index));
            set => index_put_(value, TensorIndex.Tensor(index));
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var items = Array.ConvertAll(indices, i => i.ToNative());
            var result = From(Native.pt_index(Borrowed, items, items.Length, out var selected), selected);
            GC.KeepAlive(indices);
            return result;
        }

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            ArgumentNullException.ThrowIfNull(value);
            var items = Array.ConvertAll(indices, i => i.ToNative());
            Native.Check(Native.pt_index_put_(Borrowed, items, items.Length, value.Borrowed));
            GC.KeepAlive(indices);
            return alias();
        }
    }
}
