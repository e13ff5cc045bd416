using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public long Dimensions
        {
            get
            {
                Native.Check(Native.pt_dim(Borrowed, out var dimensions));
                return dimensions;
            }
        }

        public long dim() => Dimensions;

        public long ndim => Dimensions;

        public long NumberOfElements
        {
            get
            {
                Native.Check(Native.pt_numel(Borrowed, out var count));
                return count;
            }
        }

        public long numel() => NumberOfElements;

        public long ElementSize
        {
            get
            {
                Native.Check(Native.pt_info(Borrowed, out _, out _, out var size));
                return size;
            }
        }

        public long element_size() => ElementSize;

        public long[] shape
        {
            get
            {
                var sizes = new long[Dimensions];
                Native.Check(Native.pt_sizes(Borrowed, sizes));
                return sizes;
            }
        }

        public long[] size() => shape;

        public long size(int dim)
        {
            var sizes = shape;
            var at = dim < 0 ? dim + sizes.Length : dim;
            if (at < 0 || at >= sizes.Length)
                throw new ArgumentOutOfRangeException(nameof(dim), dim, $"The tensor has {sizes.Length} dimensions.");
            return sizes[at];
        }

        public long[] stride()
        {
            var strides = new long[Dimensions];
            Native.Check(Native.pt_strides(Borrowed, strides));
            return strides;
        }

        public long stride(long dim) => stride()[dim < 0 ? dim + Dimensions : dim];

        public ScalarType dtype => (ScalarType)Info.DType;

        public Device device => Info is { DeviceType: var type, DeviceIndex: var index } && type != 0 ? new Device((DeviceType)type, index) : CPU;

        public DeviceType device_type => (DeviceType)Info.DeviceType;

        public int device_index => Info.DeviceIndex;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_contiguous()
        {
            Native.Check(Native.pt_is_contiguous(Borrowed, out var contiguous));
            return contiguous != 0;
        }

        private TensorSpec Info
        {
            get
            {
                Native.Check(Native.pt_info(Borrowed, out var spec, out _, out _));
                return spec;
            }
        }

        public override string ToString() =>
            IsInvalid ? "[disposed]" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";
    }
}
