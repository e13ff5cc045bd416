using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Platform.Trainer.Training;

/// <summary>What this machine can compute on.</summary>
/// <param name="FreeGpuBytes">Of the device's memory, as long as <paramref name="Cuda"/>.</param>
/// <param name="Bf16">The CPU has the instructions (AVX-512 BW) without which oneDNN refuses bfloat16.</param>
internal sealed record Machine(bool Cuda, long FreeGpuBytes, bool Bf16)
{
    /// <summary>As it is now: memory is free or not from one moment to the next.</summary>
    internal static Machine Look()
    {
        var cudaAvailable = cuda.is_available();
        return new Machine(cudaAvailable, cudaAvailable ? GpuMemory.FreeBytes : 0, Avx512BW.IsSupported);
    }
}
