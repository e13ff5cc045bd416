using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor clone() => Unary(UnaryOp.Clone);

        /// <summary>The same data without the history of gradients.</summary>
        public Tensor detach() => Unary(UnaryOp.Detach);

        public Tensor detach_() => Unary(UnaryInplaceOp.Detach);

        public Tensor contiguous() => From(Native.pt_contiguous(Borrowed, (int)memory_format.contiguous, out var result), result);

        public Tensor contiguous(memory_format memory_format) =>
            From(Native.pt_contiguous(Borrowed, (int)memory_format, out var result), result);

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted((int)type, null, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted((int)type, null, copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(-1, device, copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(-1, new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(-1, new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted((int)type, device, copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            ArgumentNullException.ThrowIfNull(other);
            return Converted((int)other.dtype, other.device, copy, disposeAfter, non_blocking);
        }

        public Tensor type_as(Tensor tensor)
        {
            ArgumentNullException.ThrowIfNull(tensor);
            return to_type(tensor.dtype);
        }

        public Tensor cpu(bool disposeAfter = false) => Converted(-1, CPU, false, disposeAfter, false);

        public Tensor cuda(Device? device = null, bool non_blocking = false)
        {
            if (device is not null && device.type != DeviceType.CUDA)
                throw new ArgumentException($"Not a CUDA device: {device}", nameof(device));
            return Converted(-1, device ?? CUDA, false, false, non_blocking);
        }

        public Tensor @float() => to_type(ScalarType.Float32);

        public Tensor @double() => to_type(ScalarType.Float64);

        public Tensor @long() => to_type(ScalarType.Int64);

        public Tensor @int() => to_type(ScalarType.Int32);

        public Tensor @bool() => to_type(ScalarType.Bool);

        public Tensor half() => to_type(ScalarType.Float16);

        public Tensor bfloat16() => to_type(ScalarType.BFloat16);

        internal bool WillChange(ScalarType? type, Device? device) =>
            (type is { } t && t != dtype) ||
            (device is not null && (device.type != device_type || (device.index >= 0 && device.type != DeviceType.CPU && device.index != device_index)));

        private Tensor Converted(int type, Device? device, bool copy, bool disposeAfter, bool nonBlocking)
        {
            var status = Native.pt_to(
                Borrowed, type, device is null ? -1 : (int)device.type, device is null || device.type == DeviceType.CPU ? -1 : device.index,
                copy ? 1 : 0, nonBlocking ? 1 : 0, out var result);
            var converted = From(status, result);
            if (disposeAfter)
                Dispose();
            return converted;
        }
    }

    /// <summary>The order of the dimensions in memory.</summary>
    public enum memory_format
    {
        contiguous = 0,
        preserve_format = 1,
        channels_last = 2,
        channels_last_3d = 3,
    }
}
