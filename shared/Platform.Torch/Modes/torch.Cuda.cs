using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>NVIDIA devices; none of them with a libtorch that was built for the CPU.</summary>
    public static class cuda
    {
        public static bool is_available()
        {
            Native.Check(Native.pt_cuda_is_available(out var available));
            return available != 0;
        }

        public static bool is_cudnn_available()
        {
            Native.Check(Native.pt_cudnn_is_available(out var available));
            return available != 0;
        }

        public static int device_count()
        {
            Native.Check(Native.pt_cuda_device_count(out var count));
            return count;
        }

        public static void manual_seed(long seed) => Native.Check(Native.pt_cuda_manual_seed(seed, 0));

        public static void manual_seed_all(long seed) => Native.Check(Native.pt_cuda_manual_seed(seed, 1));

        /// <summary>Waits for the device's work; -1 is the current device.</summary>
        public static void synchronize(long device = -1L) => Native.Check(Native.pt_cuda_synchronize(device));

        /// <summary>Free and total bytes of the device, as PyTorch's function of this name tells them; zeros without a device. TorchSharp has no such member.</summary>
        public static (long free, long total) mem_get_info(int device = -1)
        {
            Native.Check(Native.pt_cuda_memory(device, out var free, out var total));
            return (free, total);
        }

        /// <summary>Gives the memory that freed tensors left cached back to the device. TorchSharp has no such member.</summary>
        public static void empty_cache() => Native.Check(Native.pt_cuda_empty_cache());
    }
}
