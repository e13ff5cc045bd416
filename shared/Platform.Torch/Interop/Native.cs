using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

// One line per function of native/platform_torch.h, in its order and under its names.
internal static partial class Native
{
    private const string Library = "platform_torch";

    /// <summary>Turns a failed call into the exception that TorchSharp throws, with libtorch's message.</summary>
    internal static void Check(int status)
    {
#pragma warning disable CA2201 // TorchSharp's callers catch this type.
        if (status == 0)
            return;
        var message = Marshal.PtrToStringUTF8(pt_last_error());
        throw pt_last_error_kind() == (int)ErrorKind.OutOfMemory ? new TorchOutOfMemoryException(message) : new ExternalException(message);
#pragma warning restore CA2201
    }

    [LibraryImport(Library)] internal static partial int pt_abi_version();
    [LibraryImport(Library)] internal static partial nint pt_last_error();
    [LibraryImport(Library)] internal static partial int pt_last_error_kind();
    [LibraryImport(Library)] internal static partial nint pt_torch_version();
    [LibraryImport(Library)] internal static partial int pt_start();
    [LibraryImport(Library)] internal static partial int pt_set_num_threads(int count);
    [LibraryImport(Library)] internal static partial int pt_get_num_threads(out int result);
    [LibraryImport(Library)] internal static partial int pt_set_num_interop_threads(int count);
    [LibraryImport(Library)] internal static partial int pt_get_num_interop_threads(out int result);
    [LibraryImport(Library)] internal static partial int pt_grad_mode(int set, out int was);
    [LibraryImport(Library)] internal static partial int pt_inference_mode_enter(int enabled, out nint guard);
    [LibraryImport(Library)] internal static partial int pt_inference_mode_leave(nint guard);
    [LibraryImport(Library)] internal static partial int pt_inference_mode_enabled(out int result);
    [LibraryImport(Library)] internal static partial int pt_autocast_enabled(int deviceType, int set, out int was);
    [LibraryImport(Library)] internal static partial int pt_autocast_dtype(int deviceType, int set, out int was);
    [LibraryImport(Library)] internal static partial int pt_autocast_cache(int set, out int was);
    [LibraryImport(Library)] internal static partial int pt_autocast_nesting(int delta, out int level);
    [LibraryImport(Library)] internal static partial int pt_autocast_clear_cache();
    [LibraryImport(Library)] internal static partial int pt_deconvolution(int set, out int was);

    [LibraryImport(Library)] internal static partial int pt_cuda_is_available(out int result);
    [LibraryImport(Library)] internal static partial int pt_cuda_device_count(out int result);
    [LibraryImport(Library)] internal static partial int pt_cudnn_is_available(out int result);
    [LibraryImport(Library)] internal static partial int pt_cuda_synchronize(long deviceIndex);
    [LibraryImport(Library)] internal static partial int pt_cuda_manual_seed(long seed, int all);
    [LibraryImport(Library)] internal static partial int pt_cuda_memory(int deviceIndex, out long free, out long total);
    [LibraryImport(Library)] internal static partial int pt_cuda_empty_cache();

    [LibraryImport(Library)] internal static partial int pt_memory_trim(long idleMs, out long released);
    [LibraryImport(Library)] internal static partial int pt_memory_stats(out long inUse, out long cached);

    [LibraryImport(Library)] internal static partial int pt_manual_seed(long seed);
    [LibraryImport(Library)]
    internal static partial int pt_generator_new(ulong seed, int deviceType, int deviceIndex, out GeneratorHandle result);
    [LibraryImport(Library)] internal static partial int pt_generator_default(out GeneratorHandle result);
    [LibraryImport(Library)] internal static partial void pt_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int pt_generator_get_state(GeneratorHandle generator, out TensorHandle result);
    [LibraryImport(Library)] internal static partial int pt_generator_set_state(GeneratorHandle generator, TensorHandle state);
    [LibraryImport(Library)] internal static partial int pt_generator_seed(GeneratorHandle generator, long seed);
    [LibraryImport(Library)] internal static partial int pt_generator_initial_seed(GeneratorHandle generator, out long result);
    [LibraryImport(Library)] internal static partial int pt_uniform_(TensorHandle t, double from, double to, GeneratorHandle generator);
    [LibraryImport(Library)] internal static partial int pt_normal_(TensorHandle t, double mean, double std, GeneratorHandle generator);
    [LibraryImport(Library)] internal static partial int pt_bernoulli_(TensorHandle t, double p, GeneratorHandle generator);
    [LibraryImport(Library)]
    internal static partial int pt_randint(
        long low, long high, ReadOnlySpan<long> size, int n, TensorSpec spec, GeneratorHandle generator, out TensorHandle result);
    [LibraryImport(Library)]
    internal static partial int pt_randperm(long n, TensorSpec spec, GeneratorHandle generator, out TensorHandle result);
}
