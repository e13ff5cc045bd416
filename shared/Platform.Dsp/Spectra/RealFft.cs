using System.Numerics;
using System.Runtime.InteropServices;

namespace Platform.Dsp;

/// <summary>
/// Power spectrum of a real frame whose length is a power of two. Immutable, so threads may share it; scratch is the caller's.
/// </summary>
/// <remarks>
/// Input x[n], n = 0 … N−1; output |X[k]|², k = 0 … N/2, with X[k] = Σ x[n]·e^(−2πi·kn/N), not scaled (numpy's <c>rfft</c>).
/// Method: pairs of samples form N/2 complex ones, one complex transform (radix 2, decimation in time), then the two halves are
/// told apart by symmetry (Press et al., Numerical Recipes, "FFT of real functions"). Double throughout: bands far below the loudest one
/// keep their level.
/// </remarks>
public sealed class RealFft
{
    private readonly int _half;
    private readonly int[] _reversed;
    private readonly double[] _stageCos; // stage with butterflies of width h stands at [h, 2h)
    private readonly double[] _stageSin;
    private readonly double[] _splitCos;
    private readonly double[] _splitSin;

    public RealFft(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 8);
        if (!BitOperations.IsPow2(length))
            throw new ArgumentOutOfRangeException(nameof(length), length, "The length must be a power of two.");

        Length = length;
        _half = length / 2;
        _reversed = ReversedBits(_half);
        _stageCos = new double[_half];
        _stageSin = new double[_half];
        for (var width = 1; width < _half; width *= 2)
        {
            for (var j = 0; j < width; j++)
                (_stageSin[width + j], _stageCos[width + j]) = Math.SinCos(-Math.PI * j / width);
        }

        _splitCos = new double[_half];
        _splitSin = new double[_half];
        for (var k = 0; k < _half; k++)
            (_splitSin[k], _splitCos[k]) = Math.SinCos(-2 * Math.PI * k / length);
    }

    public int Length { get; }

    /// <summary>Doubles of scratch that <see cref="PowerSpectrum"/> needs.</summary>
    public int ScratchLength => Length;

    /// <summary>Writes |X[k]|² for k = 0 … N/2.</summary>
    public void PowerSpectrum(ReadOnlySpan<double> frame, Span<double> power, Span<double> scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(frame.Length, Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(power.Length, _half + 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(scratch.Length, ScratchLength);
        var re = scratch[.._half];
        var im = scratch.Slice(_half, _half);

        // 1. pairs as complex samples, in bit-reversed order
        for (var i = 0; i < _reversed.Length; i++)
        {
            var from = 2 * _reversed[i];
            re[i] = frame[from];
            im[i] = frame[from + 1];
        }

        // 2. butterflies of width 1 and 2, whose factors are 1 and −i
        FirstTwoStages(re, im);

        // 3. the wider ones, a vector at a time
        for (var width = 4; width < _half; width *= 2)
            Stage(re, im, width);

        // 4. X[k] = E[k] + e^(−2πik/N)·O[k]; E, O: transforms of the even and the odd samples
        Split(re, im, power);
    }

    private static void FirstTwoStages(Span<double> re, Span<double> im)
    {
        for (var i = 0; i + 3 < re.Length; i += 4)
        {
            var (ar, ai) = (re[i] + re[i + 1], im[i] + im[i + 1]);
            var (br, bi) = (re[i] - re[i + 1], im[i] - im[i + 1]);
            var (cr, ci) = (re[i + 2] + re[i + 3], im[i + 2] + im[i + 3]);
            var (dr, di) = (re[i + 2] - re[i + 3], im[i + 2] - im[i + 3]);
            (re[i], im[i]) = (ar + cr, ai + ci);
            (re[i + 2], im[i + 2]) = (ar - cr, ai - ci);
            (re[i + 1], im[i + 1]) = (br + di, bi - dr);
            (re[i + 3], im[i + 3]) = (br - di, bi + dr);
        }
    }

    private void Stage(Span<double> re, Span<double> im, int width)
    {
        var cos = Vectors(_stageCos.AsSpan(width, width));
        var sin = Vectors(_stageSin.AsSpan(width, width));
        if (cos.Length == 0) // narrower than a vector of this machine
        {
            ScalarStage(re, im, width);
            return;
        }

        for (var start = 0; start < re.Length; start += 2 * width)
        {
            var upperRe = Vectors(re.Slice(start, width));
            var upperIm = Vectors(im.Slice(start, width));
            var lowerRe = Vectors(re.Slice(start + width, width));
            var lowerIm = Vectors(im.Slice(start + width, width));
            for (var j = 0; j < cos.Length; j++)
            {
                var turnedRe = lowerRe[j] * cos[j] - lowerIm[j] * sin[j];
                var turnedIm = lowerRe[j] * sin[j] + lowerIm[j] * cos[j];
                lowerRe[j] = upperRe[j] - turnedRe;
                lowerIm[j] = upperIm[j] - turnedIm;
                upperRe[j] += turnedRe;
                upperIm[j] += turnedIm;
            }
        }
    }

    private void ScalarStage(Span<double> re, Span<double> im, int width)
    {
        for (var start = 0; start < re.Length; start += 2 * width)
        {
            for (var j = 0; j < width; j++)
            {
                var (upper, lower) = (start + j, start + j + width);
                var turnedRe = re[lower] * _stageCos[width + j] - im[lower] * _stageSin[width + j];
                var turnedIm = re[lower] * _stageSin[width + j] + im[lower] * _stageCos[width + j];
                (re[lower], im[lower]) = (re[upper] - turnedRe, im[upper] - turnedIm);
                (re[upper], im[upper]) = (re[upper] + turnedRe, im[upper] + turnedIm);
            }
        }
    }

    private void Split(ReadOnlySpan<double> re, ReadOnlySpan<double> im, Span<double> power)
    {
        power[0] = Square(re[0] + im[0]);
        power[_half] = Square(re[0] - im[0]);
        for (var k = 1; k < _half; k++)
        {
            var mirror = _half - k;
            var evenRe = 0.5 * (re[k] + re[mirror]);
            var evenIm = 0.5 * (im[k] - im[mirror]);
            var oddRe = 0.5 * (im[k] + im[mirror]);
            var oddIm = 0.5 * (re[mirror] - re[k]);
            power[k] = Square(evenRe + oddRe * _splitCos[k] - oddIm * _splitSin[k])
                + Square(evenIm + oddRe * _splitSin[k] + oddIm * _splitCos[k]);
        }
    }

    private static Span<Vector<double>> Vectors(Span<double> values) => MemoryMarshal.Cast<double, Vector<double>>(values);

    private static double Square(double value) => value * value;

    private static int[] ReversedBits(int count)
    {
        var bits = BitOperations.Log2((uint)count);
        var reversed = new int[count];
        for (var i = 1; i < count; i++)
            reversed[i] = reversed[i / 2] / 2 | (i & 1) << (bits - 1);
        return reversed;
    }
}
