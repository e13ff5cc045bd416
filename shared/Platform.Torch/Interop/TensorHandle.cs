using Microsoft.Win32.SafeHandles;

namespace TorchSharp.Interop;

/// <summary>Owns one native tensor; its finaliser frees what nobody disposed.</summary>
internal sealed class TensorHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Stands for "no tensor" where the native side takes an optional one.</summary>
    internal static readonly TensorHandle None = new();

    internal static long Live;
    internal static long Peak;

    public TensorHandle() : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        Native.pt_tensor_free(handle);
        Interlocked.Decrement(ref Live);
        return true;
    }
}

/// <summary>Owns one native random number generator.</summary>
internal sealed class GeneratorHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal static readonly GeneratorHandle None = new();

    public GeneratorHandle() : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        Native.pt_generator_free(handle);
        return true;
    }
}
