using System.Runtime.InteropServices;

namespace Platform.Predictor.Scoring;

/// <summary>
/// glibc's allocator, told to keep what libtorch gives back. The activations of a pass are some megabytes that are freed and wanted again a moment
/// later; by default each time they are mapped, faulted in page by page and unmapped.
/// </summary>
internal static partial class NativeMemory
{
    // Parameters of mallopt(3).
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    /// <summary>Also bounds how many threads keep memory of their own: few compute at a time, and the pool's threads come and go.</summary>
    internal static void KeepForReuse()
    {
        try
        {
            _ = MallOpt(MmapThreshold, 32 * 1024 * 1024); // the most that it takes
            _ = MallOpt(TrimThreshold, 256 * 1024 * 1024);
            _ = MallOpt(ArenaMax, Math.Clamp(2 * Environment.ProcessorCount, 2, 16));
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another libc has another allocator.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);
}
