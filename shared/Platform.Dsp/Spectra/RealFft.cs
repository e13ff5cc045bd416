using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Platform.Dsp;

/// <summary>Power spectra of four tapered real frames at a time, one per SIMD lane. Owns its scratch: one instance per thread.</summary>
/// <remarks>
/// Input x[n], n = 0 … N−1, float; output |X[k]|², k = 0 … N/2, with X[k] = Σ taper[n]·x[n]·e^(−2πi·kn/N), not scaled (numpy's <c>rfft</c>).
/// Method: pairs of samples form N/2 complex values, whose transform is told apart into those of the even and the odd samples by symmetry
/// (Press et al., Numerical Recipes, "FFT of real functions"). Double throughout, as librosa does: in float32 a band 80 dB below the
/// loudest one would be wrong in its third digit.
/// </remarks>
internal sealed class RealFft
{
    /// <summary>Frames of one call.</summary>
    internal const int Lanes = 4;

    private readonly ComplexFft _fft;
    private readonly LaneBuffer _values;
    private readonly LaneBuffer _power;
    private readonly double[] _halfTaper; // halved, because told apart they are sums of two
    private readonly double[] _turns; // e^(−2πi·k/N), k = 0 … N/4, (re, im)
    private readonly int[] _positions;

    internal RealFft(ReadOnlySpan<double> taper)
    {
        if (taper.Length < 64 || !BitOperations.IsPow2(taper.Length))
            throw new ArgumentOutOfRangeException(nameof(taper), taper.Length, "The length must be a power of two of at least 64.");

        Length = taper.Length;
        _fft = new ComplexFft(Length / 2);
        _values = new LaneBuffer(2 * _fft.BufferLength);
        _power = new LaneBuffer(Bins);
        _halfTaper = new double[Length];
        for (var n = 0; n < Length; n++)
            _halfTaper[n] = taper[n] / 2;

        _positions = new int[Length / 2];
        for (var k = 0; k < _positions.Length; k++)
            _positions[k] = 2 * _fft.PositionOf(k);
        _turns = new double[Length / 2 + 2];
        for (var k = 0; k <= Length / 4; k++)
            (_turns[2 * k + 1], _turns[2 * k]) = Math.SinCos(-2 * Math.PI * k / Length);
    }

    internal int Length { get; }

    internal int Bins => Length / 2 + 1;

    /// <summary>|X[k]|² of the four frames in the lanes of vector k; valid until the next call.</summary>
    internal ReadOnlySpan<Vector256<double>> PowerSpectra(
        ReadOnlySpan<float> first, ReadOnlySpan<float> second, ReadOnlySpan<float> third, ReadOnlySpan<float> fourth)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(first.Length, Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Length, Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(third.Length, Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(fourth.Length, Length);

        Load(
            ref MemoryMarshal.GetReference(first), ref MemoryMarshal.GetReference(second),
            ref MemoryMarshal.GetReference(third), ref MemoryMarshal.GetReference(fourth));
        _fft.Transform(ref _values.Start);
        TellApart();
        return _power.Span;
    }

    /// <summary>Tapers the frames and lays sample n of all four beside each other, in the blocks of the complex transform.</summary>
    private void Load(ref float first, ref float second, ref float third, ref float fourth)
    {
        ref var z = ref _values.Start;
        ref var taper = ref MemoryMarshal.GetArrayDataReference(_halfTaper);
        var block = 2 * _fft.BlockLength;
        for (var start = 0; start < Length; start += block)
        {
            for (var n = start; n < start + block; n += Lanes)
            {
                var weights = Vector256.LoadUnsafe(ref taper, (nuint)n);
                Transpose(
                    Widen(ref first, n) * weights, Widen(ref second, n) * weights, Widen(ref third, n) * weights, Widen(ref fourth, n) * weights,
                    ref Unsafe.Add(ref z, n));
            }

            z = ref Unsafe.Add(ref z, 2 * (_fft.BlockPitch - _fft.BlockLength));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(ref float samples, int at)
    {
        var four = Vector128.LoadUnsafe(ref samples, (nuint)at);
        return Avx.IsSupported
            ? Avx.ConvertToVector256Double(four)
            : Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
    }

    /// <summary>Row i of four becomes lane i of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d, ref Vector256<double> to)
    {
        if (Avx.IsSupported)
        {
            var (ab02, ab13) = (Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b));
            var (cd02, cd13) = (Avx.UnpackLow(c, d), Avx.UnpackHigh(c, d));
            to = Avx.Permute2x128(ab02, cd02, 0x20);
            Unsafe.Add(ref to, 1) = Avx.Permute2x128(ab13, cd13, 0x20);
            Unsafe.Add(ref to, 2) = Avx.Permute2x128(ab02, cd02, 0x31);
            Unsafe.Add(ref to, 3) = Avx.Permute2x128(ab13, cd13, 0x31);
            return;
        }

        for (var i = 0; i < Lanes; i++)
            Unsafe.Add(ref to, i) = Vector256.Create(a[i], b[i], c[i], d[i]);
    }

    /// <summary>X[k] = E[k] + e^(−2πik/N)·O[k] and its mirror, with E and O the transforms of the even and the odd samples.</summary>
    private void TellApart()
    {
        ref var z = ref _values.Start;
        ref var power = ref _power.Start;
        ref var position = ref MemoryMarshal.GetArrayDataReference(_positions);
        ref var turn = ref MemoryMarshal.GetArrayDataReference(_turns);
        var half = Length / 2;

        var (sum, difference) = (z + Unsafe.Add(ref z, 1), z - Unsafe.Add(ref z, 1));
        power = 4 * sum * sum;
        Unsafe.Add(ref power, half) = 4 * difference * difference;
        for (var k = 1; k <= half / 2; k++)
        {
            ref var a = ref Unsafe.Add(ref z, Unsafe.Add(ref position, k));
            ref var b = ref Unsafe.Add(ref z, Unsafe.Add(ref position, half - k));
            var (aRe, aIm, bRe, bIm) = (a, Unsafe.Add(ref a, 1), b, Unsafe.Add(ref b, 1));
            var (evenRe, evenIm, oddRe, oddIm) = (aRe + bRe, aIm - bIm, aIm + bIm, bRe - aRe);
            var (cos, sin) = (Vector256.Create(Unsafe.Add(ref turn, 2 * k)), Vector256.Create(Unsafe.Add(ref turn, 2 * k + 1)));
            var turnedRe = Vector256.MultiplyAddEstimate(oddRe, cos, -(oddIm * sin));
            var turnedIm = Vector256.MultiplyAddEstimate(oddRe, sin, oddIm * cos);
            var (re, im) = (evenRe + turnedRe, evenIm + turnedIm);
            var (mirrorRe, mirrorIm) = (evenRe - turnedRe, evenIm - turnedIm);
            Unsafe.Add(ref power, k) = Vector256.MultiplyAddEstimate(re, re, im * im);
            Unsafe.Add(ref power, half - k) = Vector256.MultiplyAddEstimate(mirrorRe, mirrorRe, mirrorIm * mirrorIm);
        }
    }
}
