using System.Runtime.Intrinsics.X86;

namespace Platform.Models;

/// <summary>What libtorch chooses its kernels by on this machine; another one rounds differently.</summary>
public static class InstructionSet
{
    public static string Current => (Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY")?.ToUpperInvariant()) switch
    {
        { Length: > 0 } chosen => chosen,
        _ when Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported => "AVX512",
        _ when Avx2.IsSupported && Fma.IsSupported => "AVX2",
        _ => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToUpperInvariant(),
    };
}
