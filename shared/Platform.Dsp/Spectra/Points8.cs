using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>The eight-point transform that <see cref="ComplexFft"/> is made of: reads eight values a stride apart, holds their X[0 … 7].</summary>
internal readonly ref struct Points8
{
    internal readonly Vector256<double> Re0, Im0, Re1, Im1, Re2, Im2, Re3, Im3, Re4, Im4, Re5, Im5, Re6, Im6, Re7, Im7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Points8(ref Vector256<double> x, int stride)
    {
        // 1. even inputs: a four-point transform of sums, and of differences one quarter turn apart
        var (sum04Re, sum04Im, difference04Re, difference04Im) = Butterfly(ref x, ref Unsafe.Add(ref x, 4 * stride));
        var (sum26Re, sum26Im, difference26Re, difference26Im) =
            Butterfly(ref Unsafe.Add(ref x, 2 * stride), ref Unsafe.Add(ref x, 6 * stride));
        var (e0Re, e0Im, e2Re, e2Im) = (sum04Re + sum26Re, sum04Im + sum26Im, sum04Re - sum26Re, sum04Im - sum26Im);
        var (e1Re, e1Im) = (difference04Re + difference26Im, difference04Im - difference26Re); // −i times the second
        var (e3Re, e3Im) = (difference04Re - difference26Im, difference04Im + difference26Re); // +i times the second

        // 2. odd inputs likewise
        var (sum15Re, sum15Im, difference15Re, difference15Im) =
            Butterfly(ref Unsafe.Add(ref x, stride), ref Unsafe.Add(ref x, 5 * stride));
        var (sum37Re, sum37Im, difference37Re, difference37Im) =
            Butterfly(ref Unsafe.Add(ref x, 3 * stride), ref Unsafe.Add(ref x, 7 * stride));
        var (o0Re, o0Im, o2Re, o2Im) = (sum15Re + sum37Re, sum15Im + sum37Im, sum15Re - sum37Re, sum15Im - sum37Im);
        var (o1Re, o1Im) = (difference15Re + difference37Im, difference15Im - difference37Re);
        var (o3Re, o3Im) = (difference15Re - difference37Im, difference15Im + difference37Re);

        // 3. odd ones turned by w, w², w³ with w = e^(−iπ/4) = (1 − i)/√2
        var root = Vector256.Create(0.70710678118654752440);
        (o1Re, o1Im) = (root * (o1Re + o1Im), root * (o1Im - o1Re));
        (o3Re, o3Im) = (root * (o3Im - o3Re), -root * (o3Re + o3Im));

        (Re0, Im0, Re4, Im4) = (e0Re + o0Re, e0Im + o0Im, e0Re - o0Re, e0Im - o0Im);
        (Re1, Im1, Re5, Im5) = (e1Re + o1Re, e1Im + o1Im, e1Re - o1Re, e1Im - o1Im);
        (Re2, Im2, Re6, Im6) = (e2Re + o2Im, e2Im - o2Re, e2Re - o2Im, e2Im + o2Re);
        (Re3, Im3, Re7, Im7) = (e3Re + o3Re, e3Im + o3Im, e3Re - o3Re, e3Im - o3Im);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<double> SumRe, Vector256<double> SumIm, Vector256<double> DifferenceRe, Vector256<double> DifferenceIm) Butterfly(
        ref Vector256<double> a, ref Vector256<double> b)
    {
        var (aRe, aIm, bRe, bIm) = (a, Unsafe.Add(ref a, 1), b, Unsafe.Add(ref b, 1));
        return (aRe + bRe, aIm + bIm, aRe - bRe, aIm - bIm);
    }
}
