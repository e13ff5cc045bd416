using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Platform.Trainer.Training;

/// <summary>What TorchSharp 0.107 cannot say about a GPU's memory and Platform.Torch can.</summary>
internal static class GpuMemory
{
    /// <summary>Of the current GPU; with TorchSharp not known, and then it counts as enough: who runs out of it goes on on the CPU.</summary>
    internal static long FreeBytes
    {
        get
        {
#if TORCHSHARP
            return long.MaxValue;
#else
            return cuda.mem_get_info().free;
#endif
        }
    }

    /// <summary>TorchSharp has no exception of its own for it: the message tells.</summary>
    internal static bool IsExhaustedBy(Exception exception) =>
        exception is ExternalException && exception.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gives what freed tensors left cached back to the device, for others; TorchSharp keeps it.</summary>
    internal static void Release()
    {
#if !TORCHSHARP
        cuda.empty_cache();
#endif
    }
}
