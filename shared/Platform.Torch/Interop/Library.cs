using System.Runtime.CompilerServices;

namespace TorchSharp.Interop;

/// <summary>Prepares the native library when this assembly is first used: the version check, the allocator and its trimming.</summary>
internal static class Library
{
    private const int AbiVersion = 3;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);
    private static Timer? trimming;

#pragma warning disable CA2255 // The allocator has to be in place before the first tensor, whichever member is called first.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Start()
    {
        var version = Native.pt_abi_version();
        if (version != AbiVersion)
            throw new InvalidOperationException($"libplatform_torch.so has interface version {version}, this assembly needs {AbiVersion}; build them together.");

        Native.Check(Native.pt_start());
        // A process that trained once and then only waits must not keep a gigabyte of activations.
        trimming = new Timer(static _ => Trim(IdleTime), null, IdleTime, IdleTime);
    }

    internal static long Trim(TimeSpan idle)
    {
        Native.Check(Native.pt_memory_trim((long)idle.TotalMilliseconds, out var released));
        return released;
    }
}
