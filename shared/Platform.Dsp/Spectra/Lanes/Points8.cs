using System.Runtime.CompilerServices;

namespace Platform.Dsp;

/// <summary>The eight-point transform that <see cref="ComplexFft{TLanes}"/> is made of: reads eight values a stride apart, holds their X[0 … 7].</summary>
internal readonly ref struct Points8<TLanes> where TLanes : struct, ILanes<TLanes>
{
    internal readonly TLanes Re0, Im0, Re1, Im1, Re2, Im2, Re3, Im3, Re4, Im4, Re5, Im5, Re6, Im6, Re7, Im7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Points8(ref TLanes x, int stride)
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
        var root = TLanes.All(0.70710678118654752440);
        var (t1Re, t1Im, t3Re, t3Im) = (o1Re + o1Im, o1Im - o1Re, o3Im - o3Re, o3Re + o3Im);

        (Re0, Im0, Re4, Im4) = (e0Re + o0Re, e0Im + o0Im, e0Re - o0Re, e0Im - o0Im);
        (Re2, Im2, Re6, Im6) = (e2Re + o2Im, e2Im - o2Re, e2Re - o2Im, e2Im + o2Re);
        (Re1, Im1) = (TLanes.MultiplyAdd(root, t1Re, e1Re), TLanes.MultiplyAdd(root, t1Im, e1Im));
        (Re3, Im7) = (TLanes.MultiplyAdd(root, t3Re, e3Re), TLanes.MultiplyAdd(root, t3Im, e3Im));
        var minus = TLanes.All(-0.70710678118654752440);
        (Re5, Im5) = (TLanes.MultiplyAdd(minus, t1Re, e1Re), TLanes.MultiplyAdd(minus, t1Im, e1Im));
        (Re7, Im3) = (TLanes.MultiplyAdd(minus, t3Re, e3Re), TLanes.MultiplyAdd(minus, t3Im, e3Im));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes SumRe, TLanes SumIm, TLanes DifferenceRe, TLanes DifferenceIm) Butterfly(
        ref TLanes a, ref TLanes b)
    {
        var (aRe, aIm, bRe, bIm) = (a, Unsafe.Add(ref a, 1), b, Unsafe.Add(ref b, 1));
        return (aRe + bRe, aIm + bIm, aRe - bRe, aIm - bIm);
    }
}
