using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Platform.Dsp;

/// <summary>Complex Fourier transform of several signals at a time, one per SIMD lane. Immutable, so threads may share it.</summary>
/// <remarks>
/// Data: complex values as pairs of vectors (real parts, imaginary parts), in place. Because a lane never meets another one,
/// there are no shuffles, and a signal's result has the same bits whatever stands in the other lanes.
/// Method: decimation in frequency with radices 8 and 4 (Cooley and Tukey 1965; Duhamel and Vetterli 1990, "Fast Fourier transforms: a
/// tutorial review"). The input is in natural order in <see cref="Blocks"/> blocks of <see cref="BlockLength"/> values, each followed by
/// one unused value: without that gap the first pass would read eight values 4 KiB apart, which share one set of the first-level cache.
/// X[k] is left where <see cref="PositionOf"/> says.
/// </remarks>
internal sealed class ComplexFft<TLanes> where TLanes : struct, ILanes<TLanes>
{
    private readonly int[] _radices;
    private readonly double[][] _factors; // per pass and column: what outputs 1 … radix − 1 are multiplied by, (re, im)

    /// <param name="length">A power of two, at least 16.</param>
    internal ComplexFft(int length)
    {
        Length = length;
        _radices = Radices(BitOperations.Log2((uint)length));
        _factors = new double[_radices.Length][];
        var size = length;
        for (var pass = 0; pass < _radices.Length; pass++)
        {
            _factors[pass] = Factors(size, _radices[pass]);
            size /= _radices[pass];
        }
    }

    internal int Length { get; }

    internal int Blocks => _radices[0];

    internal int BlockLength => Length / Blocks;

    /// <summary>Distance between the starts of two blocks, in values.</summary>
    internal int BlockPitch => BlockLength + 1;

    /// <summary>Values that a buffer must have, the gaps included.</summary>
    internal int BufferLength => Blocks * BlockPitch;

    /// <summary>Where the transform leaves X[k].</summary>
    internal int PositionOf(int k)
    {
        var position = k % Blocks * BlockPitch;
        k /= Blocks;
        var size = BlockLength;
        foreach (var radix in _radices.AsSpan(1))
        {
            size /= radix;
            position += k % radix * size;
            k /= radix;
        }

        return position;
    }

    /// <summary>X[k] = Σ z[n]·e^(−2πi·kn/Length), in place.</summary>
    internal void Transform(ref TLanes z)
    {
        // 1. one pass over everything, then each block by itself while it is in the first-level cache
        Pass(ref z, Blocks, BlockLength, BlockPitch, _factors[0]);
        for (var block = 0; block < Blocks; block++)
            TransformBlock(ref Unsafe.Add(ref z, 2 * block * BlockPitch));
    }

    private void TransformBlock(ref TLanes z)
    {
        var size = BlockLength;
        for (var pass = 1; pass < _radices.Length; pass++)
        {
            var radix = _radices[pass];
            for (var group = 0; group < BlockLength; group += size)
                Pass(ref Unsafe.Add(ref z, 2 * group), radix, size / radix, size / radix, _factors[pass]);
            size /= radix;
        }
    }

    private static void Pass(ref TLanes z, int radix, int columns, int stride, double[] factors)
    {
        ref var w = ref MemoryMarshal.GetArrayDataReference(factors);
        if (radix == 4)
            Radix4(ref z, columns, stride, ref w);
        else if (columns > 1)
            Radix8(ref z, columns, stride, ref w);
        else
            LastRadix8(ref z);
    }

    private static void Radix8(ref TLanes z, int columns, int stride, ref double w)
    {
        for (var column = 0; column < columns; column++)
        {
            var x = new Points8<TLanes>(ref Unsafe.Add(ref z, 2 * column), 2 * stride);
            ref var factor = ref Unsafe.Add(ref w, 14 * column);
            Put(ref Unsafe.Add(ref z, 2 * column), x.Re0, x.Im0);
            Turn(ref Unsafe.Add(ref z, 2 * (column + stride)), x.Re1, x.Im1, ref factor);
            Turn(ref Unsafe.Add(ref z, 2 * (column + 2 * stride)), x.Re2, x.Im2, ref Unsafe.Add(ref factor, 2));
            Turn(ref Unsafe.Add(ref z, 2 * (column + 3 * stride)), x.Re3, x.Im3, ref Unsafe.Add(ref factor, 4));
            Turn(ref Unsafe.Add(ref z, 2 * (column + 4 * stride)), x.Re4, x.Im4, ref Unsafe.Add(ref factor, 6));
            Turn(ref Unsafe.Add(ref z, 2 * (column + 5 * stride)), x.Re5, x.Im5, ref Unsafe.Add(ref factor, 8));
            Turn(ref Unsafe.Add(ref z, 2 * (column + 6 * stride)), x.Re6, x.Im6, ref Unsafe.Add(ref factor, 10));
            Turn(ref Unsafe.Add(ref z, 2 * (column + 7 * stride)), x.Re7, x.Im7, ref Unsafe.Add(ref factor, 12));
        }
    }

    // One column, whose factors are all 1.
    private static void LastRadix8(ref TLanes z)
    {
        var x = new Points8<TLanes>(ref z, 2);
        Put(ref z, x.Re0, x.Im0);
        Put(ref Unsafe.Add(ref z, 2), x.Re1, x.Im1);
        Put(ref Unsafe.Add(ref z, 4), x.Re2, x.Im2);
        Put(ref Unsafe.Add(ref z, 6), x.Re3, x.Im3);
        Put(ref Unsafe.Add(ref z, 8), x.Re4, x.Im4);
        Put(ref Unsafe.Add(ref z, 10), x.Re5, x.Im5);
        Put(ref Unsafe.Add(ref z, 12), x.Re6, x.Im6);
        Put(ref Unsafe.Add(ref z, 14), x.Re7, x.Im7);
    }

    private static void Radix4(ref TLanes z, int columns, int stride, ref double w)
    {
        for (var column = 0; column < columns; column++)
        {
            ref var x0 = ref Unsafe.Add(ref z, 2 * column);
            ref var x1 = ref Unsafe.Add(ref x0, 2 * stride);
            ref var x2 = ref Unsafe.Add(ref x1, 2 * stride);
            ref var x3 = ref Unsafe.Add(ref x2, 2 * stride);
            ref var factor = ref Unsafe.Add(ref w, 6 * column);
            var (sumRe, sumIm, differenceRe, differenceIm) = Butterfly(ref x0, ref x2);
            var (oddRe, oddIm, turnedRe, turnedIm) = Butterfly(ref x1, ref x3);
            Put(ref x0, sumRe + oddRe, sumIm + oddIm);
            Turn(ref x1, differenceRe + turnedIm, differenceIm - turnedRe, ref factor);
            Turn(ref x2, sumRe - oddRe, sumIm - oddIm, ref Unsafe.Add(ref factor, 2));
            Turn(ref x3, differenceRe - turnedIm, differenceIm + turnedRe, ref Unsafe.Add(ref factor, 4));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes SumRe, TLanes SumIm, TLanes DifferenceRe, TLanes DifferenceIm) Butterfly(
        ref TLanes a, ref TLanes b)
    {
        var (aRe, aIm, bRe, bIm) = (a, Unsafe.Add(ref a, 1), b, Unsafe.Add(ref b, 1));
        return (aRe + bRe, aIm + bIm, aRe - bRe, aIm - bIm);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(ref TLanes to, TLanes re, TLanes im)
    {
        to = re;
        Unsafe.Add(ref to, 1) = im;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(ref TLanes to, TLanes re, TLanes im, ref double factor)
    {
        var (cos, sin) = (TLanes.All(factor), TLanes.All(Unsafe.Add(ref factor, 1)));
        to = TLanes.MultiplySubtract(re, cos, im * sin);
        Unsafe.Add(ref to, 1) = TLanes.MultiplyAdd(re, sin, im * cos);
    }

    /// <summary>Eights as long as the rest can be made of eights and fours.</summary>
    private static int[] Radices(int bits)
    {
        var radices = new List<int>();
        for (; bits >= 3 && bits != 4; bits -= 3)
            radices.Add(8);
        for (; bits > 0; bits -= 2)
            radices.Add(4);
        return [.. radices];
    }

    private static double[] Factors(int size, int radix)
    {
        var columns = size / radix;
        var factors = new double[columns * (radix - 1) * 2];
        for (int column = 0, at = 0; column < columns; column++)
        {
            for (var output = 1; output < radix; output++, at += 2)
                (factors[at + 1], factors[at]) = Math.SinCos(-2 * Math.PI * (column * output % size) / size);
        }

        return factors;
    }
}
