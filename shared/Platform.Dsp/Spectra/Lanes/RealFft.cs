using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>Power spectra of several tapered real frames at a time, one per SIMD lane. Owns its scratch: one instance per thread.</summary>
/// <remarks>
/// Input x[n], n = 0 … N−1, float; output |X[k]|², k = 0 … N/2, with X[k] = Σ taper[n]·x[n]·e^(−2πi·kn/N), not scaled (numpy's <c>rfft</c>).
/// Method: pairs of samples form N/2 complex values, whose transform is told apart into those of the even and the odd samples by symmetry
/// (Press et al., Numerical Recipes, "FFT of real functions"). Double throughout, as librosa does: in float32 a band 80 dB below the
/// loudest one would be wrong in its third digit.
/// </remarks>
internal sealed class RealFft<TLanes> where TLanes : struct, ILanes<TLanes>
{
    private readonly ComplexFft<TLanes> _fft;
    private readonly LaneBuffer<TLanes> _values;
    private readonly LaneBuffer<TLanes> _power;
    private readonly double[] _halfTaper; // halved, because told apart they are sums of two
    private readonly double[] _turns; // e^(−2πi·k/N), k = 0 … N/4, (re, im)
    private readonly int[] _positions;

    internal RealFft(ReadOnlySpan<double> taper)
    {
        if (taper.Length < 64 || !BitOperations.IsPow2(taper.Length))
            throw new ArgumentOutOfRangeException(nameof(taper), taper.Length, "The length must be a power of two of at least 64.");

        Length = taper.Length;
        _fft = new ComplexFft<TLanes>(Length / 2);
        _values = new LaneBuffer<TLanes>(2 * _fft.BufferLength);
        _power = new LaneBuffer<TLanes>(Bins);
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

    /// <summary>What <see cref="PowerSpectra"/> gave last.</summary>
    internal ReadOnlySpan<TLanes> Power => _power.Span;

    /// <summary>
    /// |X[k]|² of the frames that start at these samples of the signal and lie in it, in the lanes of vector k; valid until the next call.
    /// </summary>
    internal ReadOnlySpan<TLanes> PowerSpectra(ReadOnlySpan<float> signal, ReadOnlySpan<int> starts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(starts.Length, TLanes.Count);
        foreach (var start in starts)
        {
            // Signed, since what follows reads without looking: a signal shorter than a frame has no room for any start.
            ArgumentOutOfRangeException.ThrowIfNegative(start, nameof(starts));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start, signal.Length - Length, nameof(starts));
        }

        Load(ref MemoryMarshal.GetReference(signal), starts);
        _fft.Transform(ref _values.Start);
        TellApart();
        return _power.Span;
    }

    /// <summary>Tapers the frames and lays sample n of all of them beside each other, in the blocks of the complex transform.</summary>
    private void Load(ref float signal, ReadOnlySpan<int> starts)
    {
        ref var z = ref _values.Start;
        ref var taper = ref MemoryMarshal.GetArrayDataReference(_halfTaper);
        var block = 2 * _fft.BlockLength;
        for (var start = 0; start < Length; start += block)
        {
            for (var n = start; n < start + block; n += 4)
                TLanes.Load(ref signal, starts, n, Vector256.LoadUnsafe(ref taper, (nuint)n), ref Unsafe.Add(ref z, n));
            z = ref Unsafe.Add(ref z, 2 * (_fft.BlockPitch - _fft.BlockLength));
        }
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
        power = TLanes.All(4) * sum * sum;
        Unsafe.Add(ref power, half) = TLanes.All(4) * difference * difference;
        for (var k = 1; k <= half / 2; k++)
        {
            ref var a = ref Unsafe.Add(ref z, Unsafe.Add(ref position, k));
            ref var b = ref Unsafe.Add(ref z, Unsafe.Add(ref position, half - k));
            var (aRe, aIm, bRe, bIm) = (a, Unsafe.Add(ref a, 1), b, Unsafe.Add(ref b, 1));
            var (evenRe, evenIm, oddRe, oddIm) = (aRe + bRe, aIm - bIm, aIm + bIm, bRe - aRe);
            var (cos, sin) = (TLanes.All(Unsafe.Add(ref turn, 2 * k)), TLanes.All(Unsafe.Add(ref turn, 2 * k + 1)));
            var turnedRe = TLanes.MultiplySubtract(oddRe, cos, oddIm * sin);
            var turnedIm = TLanes.MultiplyAdd(oddRe, sin, oddIm * cos);
            var (re, im) = (evenRe + turnedRe, evenIm + turnedIm);
            var (mirrorRe, mirrorIm) = (evenRe - turnedRe, evenIm - turnedIm);
            Unsafe.Add(ref power, k) = TLanes.MultiplyAdd(re, re, im * im);
            Unsafe.Add(ref power, half - k) = TLanes.MultiplyAdd(mirrorRe, mirrorRe, mirrorIm * mirrorIm);
        }
    }
}
