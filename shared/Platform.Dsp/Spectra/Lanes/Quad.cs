using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Platform.Dsp;

/// <summary>Four samples of four frames: read frame by frame, held sample by sample.</summary>
internal readonly ref struct Quad(Vector256<double> first, Vector256<double> second, Vector256<double> third, Vector256<double> fourth)
{
    private readonly Vector256<double> _first = first;
    private readonly Vector256<double> _second = second;
    private readonly Vector256<double> _third = third;
    private readonly Vector256<double> _fourth = fourth;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Quad Load(ref float signal, ReadOnlySpan<int> starts, int at, Vector256<double> weights)
    {
        ref var start = ref MemoryMarshal.GetReference(starts);
        var a = Widen(ref signal, start + at) * weights;
        var b = Widen(ref signal, Unsafe.Add(ref start, 1) + at) * weights;
        var c = Widen(ref signal, Unsafe.Add(ref start, 2) + at) * weights;
        var d = Widen(ref signal, Unsafe.Add(ref start, 3) + at) * weights;
        if (!Avx.IsSupported)
        {
            return new Quad(
                Vector256.Create(a[0], b[0], c[0], d[0]), Vector256.Create(a[1], b[1], c[1], d[1]),
                Vector256.Create(a[2], b[2], c[2], d[2]), Vector256.Create(a[3], b[3], c[3], d[3]));
        }

        var (ab02, ab13) = (Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b));
        var (cd02, cd13) = (Avx.UnpackLow(c, d), Avx.UnpackHigh(c, d));
        return new Quad(
            Avx.Permute2x128(ab02, cd02, 0x20), Avx.Permute2x128(ab13, cd13, 0x20),
            Avx.Permute2x128(ab02, cd02, 0x31), Avx.Permute2x128(ab13, cd13, 0x31));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void CopyTo(ref Vector256<double> to, int step)
    {
        to = _first;
        Unsafe.Add(ref to, step) = _second;
        Unsafe.Add(ref to, 2 * step) = _third;
        Unsafe.Add(ref to, 3 * step) = _fourth;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(ref float signal, int at)
    {
        var four = Vector128.LoadUnsafe(ref signal, (nuint)at);
        return Avx.IsSupported
            ? Avx.ConvertToVector256Double(four)
            : Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
    }
}
